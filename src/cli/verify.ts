import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { readSecrets, readStoreConfig } from '../config/config.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { compareCheckpoint } from '../evidence/compareCheckpoint.ts'
import { type LogVerified, verifyLog } from '../evidence/verifyLog.ts'
import type { VerifierKey } from '../tlog/keys.ts'
import { type VerifiedCheckpoint, verifyCheckpoint } from '../tlog/verifyCheckpoint.ts'
import { webhookSecret } from '../webhooks/signature.ts'
import { tellVerified } from './tellVerified.ts'
import { type VerifyAsked, verifyAsked } from './verifyAsked.ts'
import { verifyEvidenceFile } from './verifyFile.ts'
import { withLog } from './withLog.ts'

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** A checkpoint that the log itself has signed, whoever else has. */
const readCheckpoint = (file: string, { keys, witnesses }: VerifyAsked): VerifiedCheckpoint => {
  const text = textOf(file)
  const verified = E.isLeft(verifyCheckpoint(text, keys))
    ? verifyCheckpoint(text, keys)
    : verifyCheckpoint(text, [...keys, ...witnesses])
  if (E.isLeft(verified)) throw new Error(`${file} is no checkpoint that can be relied on: ${verified.left}`)
  return verified.right
}

/** Witnesses whose key is given, and that have cosigned no checkpoint in the log and none of those that are held against it. */
const silentAmong = (
  witnesses: readonly VerifierKey[],
  { seals }: LogVerified,
  checkpoints: readonly VerifiedCheckpoint[],
): readonly string[] => {
  const heard = new Set([
    ...seals.cosigned.keys(),
    ...checkpoints.flatMap(({ signed }) => signed.map(({ by }) => by.name)),
  ])
  return [...new Set(witnesses.map(({ name }) => name).filter((name) => !heard.has(name)))]
}

const verify = async (store: EventStore, asked: VerifyAsked, secrets: readonly string[]): Promise<number> => {
  const { keys, witnesses } = asked
  const checkpoints = asked.checkpoints.map((file) => ({ file, read: readCheckpoint(file, asked) }))
  const verified = await verifyLog(store, {
    secrets: secrets.map(webhookSecret),
    sizes: checkpoints.map(({ read }) => read.checkpoint.size),
    keys,
    witnesses,
  })
  const { identity, wrongCount, damaged } = verified
  const compared = checkpoints.map(({ file, read }) => ({
    file,
    size: read.checkpoint.size,
    ...compareCheckpoint(read, verified, identity?.logId ?? null),
  }))
  const silent = silentAmong(
    witnesses,
    verified,
    checkpoints.map(({ read }) => read),
  )
  tellVerified(verified, { compared, silent, hasSecrets: secrets.length > 0, asked })
  const isRight = wrongCount + damaged.length + silent.length === 0 && compared.every(({ agrees }) => agrees)
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
  const asked = verifyAsked(words)
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
