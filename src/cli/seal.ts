import { existsSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { readStoreConfig } from '../config/config.ts'
import { readSecrets } from '../config/credentials.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { makeSealKey, readSealKey } from '../evidence/sealKey.ts'
import { verifyLog } from '../evidence/verifyLog.ts'
import { originOf, readIdentity } from '../ledger/logIdentity.ts'
import { formatCheckpoint } from '../tlog/checkpoint.ts'
import { formatVerifierKey } from '../tlog/keys.ts'
import { formatNote } from '../tlog/note.ts'
import { webhookSecret } from '../webhooks/signature.ts'
import { withLog } from './withLog.ts'

type Environment = Readonly<Record<string, string | undefined>>

const originOfLog = async (store: EventStore): Promise<string> => {
  const identity = await readIdentity(store)
  if (identity === null) throw new Error('the log has no identity yet: start the service once')
  return originOf(identity)
}

/** Reads the configuration, and gives the file of the key; says what is wrong with the words or the configuration. */
const configured = (words: readonly string[], environment: Environment, command: string) => {
  const config = readStoreConfig(environment)
  if (words.length > 0 || E.isLeft(config)) {
    console.error(E.isLeft(config) ? config.left.join('\n') : `usage: ${command}`)
    return null
  }
  return { ...config.right, keyFile: config.right.sealing.keyFile }
}

/**
 * `seal-key`: makes the key that seals the log, where there is none, and prints what its seals are checked with. A key is wanted before
 * the first start (by a unit, by a cluster), so an embedded log need not be there yet when it is made.
 */
export const sealKeyCommand = async (words: readonly string[], environment: Environment): Promise<number> => {
  const config = configured(words, environment, 'seal-key')
  if (config === null) return 2
  const { keyFile, eventStore } = config
  if (!existsSync(keyFile)) {
    makeSealKey(keyFile)
    console.error(`made ${keyFile}: keep a copy of it where the log is not`)
    if (eventStore.kind === 'sqlite' && !existsSync(eventStore.file)) {
      console.error(
        'what is to be given to whoever checks names the log: seal-key prints it once the service was started',
      )
      return 0
    }
    console.error('give the lines below to whoever is to check')
  }
  return withLog(config, async (store) => {
    const origin = await originOfLog(store)
    for (const { verifier } of readSealKey(keyFile, origin)) console.log(formatVerifierKey(verifier))
    return 0
  })
}

/**
 * `seal`: prints a signed checkpoint of the log as it stands: a promise that its events are these, which whoever is handed
 * it can hold against the log at any later time (`verify --checkpoint`). A log of which something is wrong is not sealed.
 */
export const sealCommand = async (words: readonly string[], environment: Environment): Promise<number> => {
  const config = configured(words, environment, 'seal')
  if (config === null) return 2
  const secrets = readSecrets(environment)
  if (E.isLeft(secrets)) {
    console.error(secrets.left)
    return 2
  }
  return withLog(config, async (store) => {
    const origin = await originOfLog(store)
    const signers = readSealKey(config.keyFile, origin)
    const { size, root, wrongCount, damaged, erased } = await verifyLog(store, {
      secrets: secrets.right.all.map(webhookSecret),
    })
    if (wrongCount > 0 || damaged.length > 0) {
      console.error('not sealed: something of the log is wrong; verify says what')
      return 1
    }
    const checkpoint = { origin, size, root, ...(erased.users === 0 ? {} : { erased: erased.users }) }
    const now = Math.floor(Date.now() / 1000)
    const signatures = signers.map(({ sign }) => sign(checkpoint, now))
    process.stdout.write(formatNote({ text: formatCheckpoint(checkpoint), signatures }))
    return 0
  })
}
