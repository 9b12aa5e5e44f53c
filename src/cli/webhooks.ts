import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { type Endpoint, readWebhooksOut } from '../config/webhooksOut.ts'
import { askedOnFile, type Checkpoint, checkpointFile, readCheckpoint } from '../outgoing/checkpoint.ts'
import { stateOf, WHY_OFF } from '../outgoing/standing.ts'
import { table } from './table.ts'

const HEAD = ['endpoint', 'state', 'since', 'delivered last', 'waiting', 'given up', 'public keys']

const time = (ms: number | null | undefined): string => (typeof ms === 'number' ? new Date(ms).toISOString() : '')

const rowOf = ({ name, keys }: Endpoint, kept: E.Either<string, Checkpoint | null>): readonly string[] => {
  const open = keys.flatMap((key) => (key.version === 'v1a' ? [key.publicKey] : [])).join(' ')
  if (E.isLeft(kept)) return [name, kept.left, '', '', '', '', open]
  if (kept.right === null) return [name, 'not begun', '', '', '', '', open]
  const { standing, waiting, givenUp } = kept.right
  const { off, down, failingSince, deliveredAt } = standing
  const state = off !== null ? `off: ${WHY_OFF[off.reason]}` : stateOf(standing)
  const since = off?.at ?? down?.since ?? failingSince
  return [name, state, time(since), time(deliveredAt), String(waiting.length), String(givenUp.length), open]
}

const switchOn = (dataDir: string, name: string): void => {
  const file = askedOnFile(dataDir, name)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, '', { mode: 0o600 })
}

const wordsOf = (words: readonly string[]): { readonly on?: string | undefined } | null => {
  try {
    return parseArgs({ args: [...words], options: { on: { type: 'string' } } }).values
  } catch {
    return null
  }
}

/**
 * `webhooks`: how each endpoint of `WEBHOOKS_OUT` stands, by its checkpoint; `--on <name>` has one switched on again, by the service
 * if it runs, else at its next start. Gives the exit code.
 */
export const webhooksCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const asked = wordsOf(words)
  const endpoints = readWebhooksOut(environment['WEBHOOKS_OUT']?.trim() ?? '')
  if (asked === null || E.isLeft(endpoints)) {
    console.error(E.isLeft(endpoints) ? endpoints.left.join('\n') : 'usage: webhooks [--on <endpoint>]')
    return 2
  }
  const dataDir = environment['DATA_DIR']?.trim() || 'data'
  if (asked.on === undefined) {
    const rows = endpoints.right.map((one) => rowOf(one, readCheckpoint(checkpointFile(dataDir, one.name))))
    console.log(rows.length === 0 ? 'nobody is told: WEBHOOKS_OUT names no endpoint' : table(HEAD, rows))
    return 0
  }
  if (!endpoints.right.some(({ name }) => name === asked.on)) {
    console.error('WEBHOOKS_OUT names no such endpoint; set it as for the service')
    return 2
  }
  switchOn(dataDir, asked.on)
  console.log(`${asked.on} is switched on: in two seconds where the service runs, else when it starts`)
  return 0
}
