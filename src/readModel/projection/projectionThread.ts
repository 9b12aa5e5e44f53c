import { parentPort, workerData } from 'node:worker_threads'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../../domain/identifiers.ts'
import type { RetentionPolicy } from '../../../domain/retention/policy.ts'
import type { EventStoreConfig } from '../../eventStore/eventStoreConfig.ts'
import { openEventStore } from '../../eventStore/openEventStore.ts'
import { isNotWritten, opening, troubleWith } from '../../files/opening.ts'
import type { LogIdentity } from '../../ledger/logIdentity.ts'
import type { Untrusted } from '../../ledger/trustedStore.ts'
import { heldAgainstTree } from '../../sealing/heldAgainstTree.ts'
import { isDamage } from '../../sqlite/damage.ts'
import { openTreeReader } from '../../tree/openTreeReader.ts'
import { openReadModelWriter, type ReadModelWriter } from '../database/writer.ts'
import { removeReadModel } from '../file.ts'
import type { Progress } from './progress.ts'
import { runProjection } from './runProjection.ts'

export interface ProjectionThreadData {
  readonly eventStore: EventStoreConfig
  readonly readModelFile: string
  /** Which log it is that the event store holds. */
  readonly identity: LogIdentity
  /** Which part of the log is not the one that was sealed, as far as that is known. */
  readonly untrusted: Untrusted | null
  /** How long records are kept; `null`: nobody is ever due. */
  readonly retention: RetentionPolicy | null
  /** Where the tree over the log lies; `null` where none is kept. */
  readonly tree: string | null
}

/**
 * What the thread is told: to finish the batch under way, and end; with the second, to throw the read model away; to fold a
 * user anew; or which part of the log is not the one that was sealed.
 */
export type ProjectionWord =
  | 'stop'
  | 'make anew'
  | { readonly foldAnew: UserId }
  | { readonly distrust: Untrusted | null }

if (parentPort === null) throw new Error('the projection runs in a worker thread')
const port = parentPort
const { eventStore, readModelFile, identity, retention, tree, ...begin } = workerData as ProjectionThreadData

const opened = await openEventStore(eventStore, { readOnly: true })()
if (E.isLeft(opened)) throw new Error(opened.left.reason)
const store = tree === null ? opened.right : heldAgainstTree(opened.right, openTreeReader(tree, identity))

/** It holds nothing that the log does not give again: what is damaged is made anew. Damage of the log is none of its. */
const open = (): ReadModelWriter => {
  try {
    return openReadModelWriter(readModelFile)
  } catch (error) {
    if (!isDamage(error)) throw error
    removeReadModel(readModelFile)
    return openReadModelWriter(readModelFile)
  }
}

const readModelOpened = { what: 'the read model', file: readModelFile }
const model = opening(readModelOpened, open)
model.belongTo(identity)
model.goBy(retention)
let running = new AbortController()
let stopping = false
let anew = false
let { untrusted } = begin
const usersAnew = new Set<UserId>()
port.on('message', (word: ProjectionWord) => {
  if (typeof word !== 'object') stopping = true
  else if ('foldAnew' in word) usersAnew.add(word.foldAnew)
  else untrusted = word.distrust
  anew ||= word === 'make anew'
  running.abort()
})
const run = (): Promise<void> => {
  running = new AbortController()
  const users = [...usersAnew]
  usersAnew.clear()
  const progressed = (progress: Progress): void => port.postMessage(progress)
  return runProjection(store, model, running.signal, progressed, { anew: users, untrusted })
}
port.postMessage({ position: model.checkpoint(), caughtUp: false })
try {
  while (!stopping) await run()
} catch (error) {
  if (isNotWritten(error)) throw new Error(troubleWith(readModelOpened, error))
  if (!isDamage(error)) throw error
  anew = true
} finally {
  await opened.right.close()
  model.close()
  port.close()
}
if (anew) {
  removeReadModel(readModelFile)
  throw new Error(`the read model ${readModelFile} is damaged and is made anew`)
}
