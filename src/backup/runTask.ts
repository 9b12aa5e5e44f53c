import { fork } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Asked, type BackupOutcome, type BackupTask, failed } from './asked.ts'
import { backupFailure } from './failure.ts'
import { keepTry } from './kept/tries.ts'

const MODULE = fileURLToPath(new URL('./child.ts', import.meta.url))
/** It is told all that it needs: no secret of the service is among its variables. */
const PASSED_ON = /^(PATH|HOME|TMPDIR|TZ|NODE_COMPILE_CACHE|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|GRPC_\w+)$/
/** How much of what it wrote is told where it ended by itself. */
const LAST_LETTERS = 500

const isOutcome = (said: unknown): said is BackupOutcome => typeof said === 'object' && said !== null && 'good' in said

/** Has something done in a process of its own, which `signal` ends at once, whatever it is at. */
const inChild = (asked: Asked, signal: AbortSignal): Promise<BackupOutcome> =>
  new Promise((resolve) => {
    const child = fork(MODULE, [], {
      execArgv: ['--max-semi-space-size=4'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))),
    })
    let outcome: BackupOutcome | null = null
    let wrote = ''
    const end = (): void => void child.kill('SIGKILL')
    signal.addEventListener('abort', end, { once: true })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      wrote = (wrote + text).slice(-LAST_LETTERS)
    })
    child.on('message', (said) => {
      if (isOutcome(said)) outcome = said
    })
    child.on('error', (error) => {
      outcome = failed(error)
    })
    child.on('close', (code, by) => {
      signal.removeEventListener('abort', end)
      const why = signal.aborted ? 'it was told to stop' : `its process ended with ${by ?? code}: ${wrote.trim()}`
      resolve(outcome ?? failed(backupFailure('broken-off', why)))
    })
    child.send(asked, (error) => {
      if (error !== null) end()
    })
  })

/**
 * Makes and verifies a backup in a process of its own, at low priority, and removes what it needed for that however it ends, as well as a backup
 * that did not become whole. What came of it is kept in the data directory. Never rejects.
 */
export const runTask = async (task: BackupTask, signal: AbortSignal): Promise<BackupOutcome> => {
  const begun = Date.now()
  const outcome = await inChild({ _tag: 'Task', task }, signal)
  const unfinished = task.make !== null && 'path' in task.of ? [`${task.of.path}.unfinished`] : []
  for (const left of [task.temporary, ...unfinished])
    await rm(left, { recursive: true, force: true }).catch(() => undefined)
  if (outcome.faults[0]?.failure !== 'busy' && !signal.aborted) {
    try {
      keepTry(task.dataDir, begun / 1000, (Date.now() - begun) / 1000, outcome.good)
    } catch {
      // It is said all the same; that the service cannot write shows elsewhere.
    }
  }
  return outcome
}

/** What the schedule keeps in a directory. Never rejects. */
export const lookAtKept = (directory: string, logId: string, signal: AbortSignal): Promise<BackupOutcome> =>
  inChild({ _tag: 'Look', directory, logId }, signal)
