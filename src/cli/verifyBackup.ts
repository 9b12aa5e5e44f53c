import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BackupTask } from '../backup/asked.ts'
import { runTask } from '../backup/runTask.ts'
import { printable } from '../webhooks/printable.ts'

/** A service that runs is just behind; one that does not comes no further. */
const PATIENCE_MS = 10_000

const NAMED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP']

/** Has a backup made and verified, or verified, and prints what came of it. What it restores goes however it ends. Gives the exit code. */
export const verifyBackup = async (task: Omit<BackupTask, 'temporary' | 'kept' | 'patienceMs'>): Promise<number> => {
  const ending = new AbortController()
  const end = (): void => ending.abort()
  for (const signal of NAMED) process.on(signal, end)
  const temporary = join(tmpdir(), `kyc-verifying-${randomUUID()}`)
  const { told, faults, good } = await runTask(
    { ...task, temporary, kept: null, patienceMs: PATIENCE_MS },
    ending.signal,
  )
  for (const signal of NAMED) process.off(signal, end)
  for (const line of told) console.log(printable(line))
  for (const { says } of faults) console.error(`FAULT: ${printable(says)}`)
  console.log(good === null ? 'not verified' : 'verified: it can be restored, and holds what is served')
  return good === null ? 1 : 0
}
