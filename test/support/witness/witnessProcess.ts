import { spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseVerifierKey, type VerifierKey } from '../../../src/tlog/keys.ts'
import { freePort } from '../freePort.ts'
import { eventually } from '../patience.ts'
import { right } from '../right.ts'
import { own } from '../service/children.ts'
import { ENVIRONMENT } from '../service/environment.ts'
import type { Env, Exit } from '../service/serviceProcess.ts'
import type { SmallLog } from './smallLog.ts'

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))

export const WITNESS_NAME = 'witness.example/1'

/** A witness as a process. */
export interface WitnessProcess {
  readonly url: string
  /** The verifier keys that it names, as lines and read. */
  readonly vkeys: readonly string[]
  readonly keys: readonly VerifierKey[]
  readonly stdout: () => string
  readonly stderr: () => string
  /** Posts to `add-checkpoint`. */
  readonly add: (body: string) => Promise<Response>
  /** What a monitor gets of a log. */
  readonly monitored: (origin: string) => Promise<Response>
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
    WITNESS_DIR: directory,
    WITNESS_NAME,
    WITNESS_LOGS: logs.map(({ vkey }) => vkey).join(','),
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
    url,
    vkeys: keys,
    keys: keys.map((key) => right(parseVerifierKey(key))),
    stdout,
    stderr,
    add: (body) => fetch(`${url}/add-checkpoint`, { method: 'POST', body }),
    monitored: (origin) => fetch(`${url}/${hash('sha256', origin)}/checkpoint`),
    end: (signal) => {
      kill(signal)
      return exited
    },
  }
}
