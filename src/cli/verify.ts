import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { readSecrets, readStoreConfig } from '../config/config.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { compareCheckpoint } from '../evidence/compareCheckpoint.ts'
import { type LogVerified, verifyLog } from '../evidence/verifyLog.ts'
import { readIdentity } from '../ledger/logIdentity.ts'
import type { VerifierKey } from '../tlog/keys.ts'
import { type VerifiedCheckpoint, verifyCheckpoint } from '../tlog/verifyCheckpoint.ts'
import { webhookSecret } from '../webhooks/signature.ts'
import { keysAsked } from './keysAsked.ts'
import { verifyEvidenceFile } from './verifyFile.ts'
import { withLog } from './withLog.ts'

const USAGE = `usage: verify [--checkpoint <file>]… [--key <verifier key>]…
       verify <evidence file> --key <verifier key>… [--witness <verifier key>]…`

interface Asked {
  /** An evidence file; `null` where the log itself is asked about. */
  readonly file: string | null
  readonly checkpoints: readonly string[]
  readonly keys: readonly VerifierKey[]
  readonly witnesses: readonly VerifierKey[]
}

const many = { type: 'string', multiple: true, default: [] as string[] } as const

const parsed = (words: readonly string[]) => {
  try {
    const options = { checkpoint: many, key: many, witness: many }
    return parseArgs({ args: [...words], options, allowPositionals: true })
  } catch {
    return null
  }
}

/** Reads the words; a text says what is wrong with them. */
const askedOf = (words: readonly string[]): E.Either<string, Asked> => {
  const found = parsed(words)
  if (found === null || found.positionals.length > 1) return E.left(USAGE)
  const { values, positionals } = found
  const keys = keysAsked('key', values.key)
  if (E.isLeft(keys)) return keys
  const witnesses = keysAsked('witness', values.witness)
  if (E.isLeft(witnesses)) return witnesses
  const file = positionals[0] ?? null
  if (file === null ? values.witness.length > 0 : values.checkpoint.length > 0) return E.left(USAGE)
  if ((file !== null || values.checkpoint.length > 0) && values.key.length === 0) {
    return E.left(
      `${file === null ? 'a checkpoint' : 'an evidence file'} is checked with --key: a verifier key that you hold, and do not have from ${file === null ? 'the log' : 'the file'}`,
    )
  }
  return E.right({ file, checkpoints: values.checkpoint, keys: keys.right, witnesses: witnesses.right })
}

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const readCheckpoint = (file: string, keys: readonly VerifierKey[]): VerifiedCheckpoint => {
  const verified = verifyCheckpoint(textOf(file), keys)
  if (E.isLeft(verified)) throw new Error(`${file} is no checkpoint that can be relied on: ${verified.left}`)
  return verified.right
}

const tell = ({ looks, size, root, wrong, wrongCount, damaged }: LogVerified): void => {
  const agree = looks.signed + looks['other-secret'] + looks.forged
  console.log(
    `payloads: ${agree} are the ones that were recorded, by their hash; ${looks.own} events are this service's own`,
  )
  console.log(
    `signatures of the provider: ${looks.signed} good, ${looks['other-secret']} under a secret that is not given`,
  )
  console.log(`tree: ${size} leaves, root ${root.toString('base64')}`)
  for (const { stream, revision, position, what } of wrong) {
    console.log(`WRONG: ${stream}, revision ${revision} (position ${position}): ${what}`)
  }
  if (wrongCount > wrong.length) console.log(`WRONG: ${wrongCount - wrong.length} more`)
  for (const stream of damaged)
    console.log(
      `WRONG: ${stream}: it is deleted, cut, hidden or damaged in the store: not all of it is there to be looked at`,
    )
}

/** What an auditor has to know of what this run does not show. */
const notChecked = (hasSecrets: boolean, others: number, hasCheckpoints: boolean): readonly string[] => [
  ...(hasSecrets && others > 0 ? [`the signatures of ${others} payloads: their secret is not among those given`] : []),
  ...(hasSecrets ? [] : ['signatures of the provider: no secret is given (TREEZOR_WEBHOOK_SECRET)']),
  ...(hasCheckpoints
    ? ['whether the log was written anew together with its checkpoints: whoever holds its key could']
    : [
        'the metadata, names and order of events, and whether it is the log that was there before: no checkpoint is given',
      ]),
  'whether an event was never recorded',
]

const verify = async (store: EventStore, asked: Asked, secrets: readonly string[]): Promise<number> => {
  const checkpoints = asked.checkpoints.map((file) => ({ file, read: readCheckpoint(file, asked.keys) }))
  const identity = await readIdentity(store)
  const verified = await verifyLog(store, {
    secrets: secrets.map(webhookSecret),
    sizes: checkpoints.map(({ read }) => read.checkpoint.size),
  })
  console.log(`log: ${identity?.logId ?? 'without an identity'}`)
  tell(verified)
  const compared = checkpoints.map(({ file, read }) => ({
    file,
    ...compareCheckpoint(read, verified, identity?.logId ?? null),
  }))
  for (const { file, agrees, told } of compared) console.log(`${agrees ? '' : 'WRONG: '}${file}: ${told}`)
  for (const what of notChecked(secrets.length > 0, verified.looks['other-secret'], compared.length > 0))
    console.log(`not checked: ${what}`)
  const isRight = verified.wrongCount === 0 && verified.damaged.length === 0 && compared.every(({ agrees }) => agrees)
  return isRight ? 0 : 1
}

/**
 * `verify`: goes through the whole log and says what of it can be relied on, and what this does not show; `verify <file>` does
 * so with an evidence file, and needs no log. Exit code 1 where anything is wrong. Nothing is changed; the service may run.
 */
export const verifyCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const asked = askedOf(words)
  if (E.isLeft(asked)) {
    console.error(asked.left)
    return 2
  }
  const { file, keys, witnesses } = asked.right
  if (file !== null) return verifyEvidenceFile(file, { log: keys, witnesses }, readSecrets(environment))
  const config = readStoreConfig(environment)
  if (E.isLeft(config)) {
    console.error(config.left.join('\n'))
    return 2
  }
  return withLog(config.right, (store) => verify(store, asked.right, readSecrets(environment)))
}
