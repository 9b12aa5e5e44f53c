import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { readStoreConfig } from '../config/config.ts'
import { readSecrets } from '../config/credentials.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { compareCheckpoint } from '../evidence/compareCheckpoint.ts'
import { type LogVerified, verifyLog } from '../evidence/verifyLog.ts'
import { originOf } from '../ledger/logIdentity.ts'
import { keptCheckpoint } from '../sealing/kept.ts'
import type { Checkpoint } from '../tlog/checkpoint.ts'
import type { VerifierKey } from '../tlog/keys.ts'
import { type VerifiedCheckpoint, verifyCheckpoint } from '../tlog/verifyCheckpoint.ts'
import { webhookSecret } from '../webhooks/signature.ts'
import { verifiedLines, WRONG } from './verifiedLines.ts'
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

/** The largest size that each witness whose key is given has cosigned, in the log or in a checkpoint that is held against it. */
const witnessed = (
  witnesses: readonly VerifierKey[],
  { seals }: LogVerified,
  checkpoints: readonly VerifiedCheckpoint[],
): ReadonlyMap<string, number> => {
  const sizes = new Map(witnesses.map(({ name }) => [name, seals.cosigned.get(name) ?? 0]))
  for (const { checkpoint, signed } of checkpoints) {
    for (const { by } of signed) {
      const known = sizes.get(by.name)
      if (known !== undefined) sizes.set(by.name, Math.max(known, checkpoint.size))
    }
  }
  return sizes
}

/** Goes through a log and holds it against what is asked: what there is to say of it, in lines, and whether nothing is wrong. */
export const verify = async (
  store: EventStore,
  asked: VerifyAsked,
  secrets: readonly string[],
  kept: Checkpoint | null = null,
): Promise<{ readonly lines: readonly string[]; readonly isRight: boolean }> => {
  const { keys, witnesses } = asked
  const checkpoints = asked.checkpoints.map((file) => ({ file, read: readCheckpoint(file, asked) }))
  const verified = await verifyLog(store, {
    secrets: secrets.map(webhookSecret),
    sizes: [...checkpoints.map(({ read }) => read.checkpoint.size), ...(kept === null ? [] : [kept.size])],
    keys,
    witnesses,
  })
  const compared = checkpoints.map(({ file, read }) => ({
    file,
    size: read.checkpoint.size,
    ...compareCheckpoint(read, verified, verified.identity?.logId ?? null),
  }))
  const cosigned = witnessed(
    witnesses,
    verified,
    checkpoints.map(({ read }) => read),
  )
  const isOfLog = verified.identity !== null && kept?.origin === originOf(verified.identity)
  const lines = verifiedLines(verified, {
    compared,
    kept: kept !== null && isOfLog ? compareCheckpoint({ checkpoint: kept, signed: [] }, verified, null) : null,
    cosigned,
    hasSecrets: secrets.length > 0,
    hasKeys: keys.length > 0,
  })
  return { lines, isRight: !lines.some((line) => line.startsWith(WRONG)) }
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
  const read = readSecrets(environment)
  if (E.isLeft(asked) || E.isLeft(read)) {
    console.error(E.isLeft(asked) ? asked.left : E.isLeft(read) ? read.left : '')
    return 2
  }
  const { file, keys, witnesses } = asked.right
  const secrets = read.right.all
  if (file !== null) return verifyEvidenceFile(file, { log: keys, witnesses }, secrets)
  const config = readStoreConfig(environment)
  if (E.isLeft(config)) {
    console.error(config.left.join('\n'))
    return 2
  }
  return withLog(config.right, async (store) => {
    const { lines, isRight } = await verify(store, asked.right, secrets, keptCheckpoint(config.right.dataDir))
    for (const line of lines) console.log(line)
    return isRight ? 0 : 1
  })
}
