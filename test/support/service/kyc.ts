import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { own } from './children.ts'
import { ENVIRONMENT } from './environment.ts'

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))

/** What a command of the operator said, and its exit code. */
export interface Done {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** How one ended that was a process. */
export interface Ended extends Done {
  readonly signal: NodeJS.Signals | null
  /** The most memory it ever held, in MiB, as of the last look before its end. */
  readonly peakMiB: number
}

export interface Running {
  readonly ended: Promise<Ended>
  /** What it wrote there so far. */
  readonly stderr: () => string
  readonly kill: () => void
  readonly signal: (signal: NodeJS.Signals) => void
}

const peakOf = (pid: number): number => {
  try {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(peak ?? 0) / 1024
  } catch {
    return 0
  }
}

/** Starts `npm run kyc -- <words>`, without npm, on a data directory. */
export const startKyc = (
  directory: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running => {
  const child = own(
    spawn(process.execPath, ['--max-semi-space-size=4', MAIN, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...ENVIRONMENT, DATA_DIR: directory, ...env },
    }),
  )
  let stdout = ''
  let stderr = ''
  let peakMiB = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const looking = setInterval(() => {
    peakMiB = Math.max(peakMiB, peakOf(child.pid ?? 0))
  }, 20)
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    clearInterval(looking)
    return { code, signal, stdout, stderr, peakMiB }
  })
  return {
    ended,
    stderr: () => stderr,
    kill: () => void child.kill('SIGKILL'),
    signal: (signal) => void child.kill(signal),
  }
}

export const kyc = (...[directory, words, env]: Parameters<typeof startKyc>): Promise<Ended> =>
  startKyc(directory, words, env).ended
