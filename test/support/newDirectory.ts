import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const directories = new Set<string>()

/** A new empty directory, removed with the test file. */
export const newDirectory = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'kyc-ledger-'))
  directories.add(path)
  return path
}

export const removeDirectories = (): void => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
  directories.clear()
}
process.once('exit', removeDirectories)
