import { spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { parseVerifierKey, type VerifierKey } from '../../../src/tlog/keys.ts'
import { startWitness as openWitness } from '../../../src/witness/startWitness.ts'
import { readWitnessConfig } from '../../../src/witness/witnessConfig.ts'
import { freePort } from '../freePort.ts'
import { eventually } from '../patience.ts'
import { right } from '../right.ts'
import { own } from '../service/children.ts'
import { ENVIRONMENT } from '../service/environment.ts'
import { endedHere } from '../service/service.ts'
import type { Env, Exit } from '../service/serviceProcess.ts'
import type { SmallLog } from './smallLog.ts'

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))

export const WITNESS_NAME = 'witness.example/1'

/** What a witness is asked, wherever it runs. */
interface AskedWitness {
  readonly url: string
  /** The verifier keys that it names, as lines and read. */
  readonly vkeys: readonly string[]
  readonly keys: readonly VerifierKey[]
  /** Posts to `add-checkpoint`. */
  readonly add: (body: string) => Promise<Response>
  /** What a monitor gets of a log. */
  readonly monitored: (origin: string) => Promise<Response>
  /** The lines of its log so far. */
  readonly stdout: () => string
}

/** A witness in this process. */
export interface WitnessHere extends AskedWitness {
  readonly end: () => Promise<void>
}

/** A witness as a process. */
export interface WitnessProcess extends AskedWitness {
  readonly stderr: () => string
  /** Ends it, and gives how it ended. */
  readonly end: (signal: NodeJS.Signals) => Promise<Exit>
}

/** Starts `npm run kyc -- witness`, without npm, with nothing but `env` and a free port. Does not wait for anything. */
export const spawnWitness = (env: Env) => {
  const child = own(
    spawn(process.execPath, [MAIN, 'witness'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...ENVIRONMENT, PORT: '0', ...env },
    }),
  )
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exited = once(child, 'close').then(([code, signal]): Exit => ({ code, signal }))
  return { exited, stdout: () => stdout, stderr: () => stderr, kill: (signal: NodeJS.Signals) => child.kill(signal) }
}

const asked = (url: string, vkeys: readonly string[], stdout: () => string): AskedWitness => ({
  url,
  vkeys,
  keys: vkeys.map((key) => right(parseVerifierKey(key))),
  add: (body) => fetch(`${url}/add-checkpoint`, { method: 'POST', body }),
  monitored: (origin) => fetch(`${url}/${hash('sha256', origin)}/checkpoint`),
  stdout,
})

const environmentOf = (directory: string, logs: readonly Pick<SmallLog, 'vkey'>[]): Env => ({
  WITNESS_DIR: directory,
  WITNESS_NAME,
  WITNESS_LOGS: logs.map(({ vkey }) => vkey).join(','),
})

/** A witness of logs in this process: it takes a tenth of the time. For whatever it is asked over HTTP. */
export const witnessHere = async (
  directory: string,
  logs: readonly Pick<SmallLog, 'vkey'>[],
  env: Env = {},
): Promise<WitnessHere> => {
  const config = right(readWitnessConfig({ ...environmentOf(directory, logs), PORT: '0', ...env }))
  let stdout = ''
  const write = (line: string): void => {
    stdout += line
  }
  const { url, keys, stop } = await openWitness(config, pino({ level: config.logLevel }, { write }))
  return { ...asked(url, keys, () => stdout), end: endedHere(stop) }
}

interface Listening {
  readonly url: string
  readonly keys: readonly string[]
}

/** Starts a witness of logs on a directory, and waits until it listens. */
export const startWitness = async (
  directory: string,
  logs: readonly Pick<SmallLog, 'vkey'>[],
  env: Env = {},
): Promise<WitnessProcess> => {
  const { exited, stdout, stderr, kill } = spawnWitness({
    ...environmentOf(directory, logs),
    PORT: String(await freePort()),
    ...env,
  })
  let ended = false
  void exited.then(() => {
    ended = true
  })
  const { url, keys } = await eventually('a witness that listens', () => {
    if (ended) throw new Error(`the witness ended: ${stderr()}`)
    const line = /^\{.*"msg":"witness listening on .*\}$/m.exec(stdout())?.[0]
    return line === undefined ? null : (JSON.parse(line) as Listening)
  })
  return {
    ...asked(url, keys, stdout),
    stderr,
    end: (signal) => {
      kill(signal)
      return exited
    },
  }
}
