import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** This checkout. */
export const HERE = new URL('../../', import.meta.url)

const run = (command: string, args: readonly string[], directory: string): string => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: directory, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`)
  return stdout.trim()
}

/** Another commit of the project, with what it depends on. */
export interface Checkout {
  readonly commit: string
  /** The URL of its folder; ends with a slash. */
  readonly root: URL
}

/**
 * Checks a commit, a branch or a tag out into a temporary worktree, and installs what its lock file names. Gone with the end of this
 * process. Throws an `Error` where git knows no such thing, or npm cannot install it.
 */
export const checkOut = (ref: string): Checkout => {
  const own = fileURLToPath(HERE)
  const commit = run('git', ['rev-parse', '--short', '--verify', `${ref}^{commit}`], own)
  const directory = mkdtempSync(join(tmpdir(), 'kyc-ledger-against-'))
  process.once('exit', () => {
    spawnSync('git', ['worktree', 'remove', '--force', directory], { cwd: own })
    rmSync(directory, { recursive: true, force: true })
  })
  run('git', ['worktree', 'add', '--detach', directory, commit], own)
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], directory)
  return { commit, root: pathToFileURL(`${directory}/`) }
}
