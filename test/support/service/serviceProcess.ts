import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { untilTrue } from '../patience.ts'
import { own } from './children.ts'
import { ENVIRONMENT } from './environment.ts'

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))

/** As `npm start` does. */
const AS_STARTED = ['--max-semi-space-size=16', '--heap-growing-percent=50', '--expose-gc']

/** How a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export type Env = Readonly<Record<string, string>>

/** The service as a process, with what it wrote so far. */
export interface ServiceProcess {
  readonly pid: number
  readonly directory: string
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves once it has written that: a line of the log comes by another way than an answer, and may come after it. */
  readonly says: (what: string | RegExp) => Promise<void>
  readonly exited: Promise<Exit>
  readonly signal: (signal: NodeJS.Signals) => void
}

/** Resolves once there is such a whole line. */
export const untilSaid = (stdout: () => string, what: string | RegExp): Promise<void> =>
  untilTrue(`a line with ${what}`, () => {
    const lines = stdout().slice(0, stdout().lastIndexOf('\n') + 1)
    return typeof what === 'string' ? lines.includes(what) : what.test(lines)
  })

/**
 * Starts `src/main.ts` with nothing but `env`, a free port and a data directory, and unless `env` says so without sealing the log; `through` is a command that runs others,
 * `options` is what it is started with. Does not wait for anything.
 */
export const spawnService = (
  directory: string,
  env: Env = {},
  through: readonly string[] = [],
  options: readonly string[] = [],
): ServiceProcess => {
  const [command = process.execPath, ...words] = [...through, process.execPath, ...AS_STARTED, MAIN, ...options]
  const child = own(
    spawn(command, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...ENVIRONMENT, PORT: '0', DATA_DIR: directory, SEAL_EVERY: '0', ...env },
    }),
  )
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exited = once(child, 'close').then(([code, signal]): Exit => ({ code, signal }))
  return {
    pid: child.pid ?? 0,
    directory,
    stdout: () => stdout,
    stderr: () => stderr,
    says: (what) => untilSaid(() => stdout, what),
    exited,
    signal: (signal) => void child.kill(signal),
  }
}
