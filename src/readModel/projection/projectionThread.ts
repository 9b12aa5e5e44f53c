import { parentPort, workerData } from 'node:worker_threads'
import type { UserId } from '../../../domain/identifiers.ts'
import type { RetentionPolicy } from '../../../domain/retention/policy.ts'
import type { EventStore } from '../../eventStore/eventStore.ts'
import { isNotWritten, opening, troubleWith } from '../../files/opening.ts'
import type { Untrusted } from '../../ledger/trustedStore.ts'
import { isDamage } from '../../sqlite/damage.ts'
import { openReadModelWriter, type ReadModelWriter } from '../database/writer.ts'
import { removeReadModel } from '../file.ts'
import { startFoldThreads, threadsBeside } from './foldThreads.ts'
import { pacing, type Waiting } from './pacing.ts'
import type { Progress } from './progress.ts'
import { openProjectedLog, type ProjectedLog } from './projectedLog.ts'
import { runProjection } from './runProjection.ts'

export interface ProjectionThreadData extends ProjectedLog {
  readonly readModelFile: string
  /** Which part of the log is not the one that was sealed, as far as that is known. */
  readonly untrusted: Untrusted | null
  /** How long records are kept; `null`: nobody is ever due. */
  readonly retention: RetentionPolicy | null
  /** How many wait for the read model to come somewhere. */
  readonly waiting: Waiting
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
const { eventStore, readModelFile, identity, retention, tree, waiting, ...begin } = workerData as ProjectionThreadData

const log: ProjectedLog = { eventStore, identity, tree }
const { store, close } = await openProjectedLog(log)
// A server is asked for many streams at a time as it is.
const hasThreads = store.embedded && threadsBeside() > 0
const startThreads = hasThreads ? (read: EventStore) => startFoldThreads(log, read) : null

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
  return runProjection(store, model, running.signal, progressed, {
    anew: users,
    untrusted,
    startThreads,
    pacing: pacing(waiting),
  })
}
port.postMessage({ position: model.checkpoint(), caughtUp: false })
try {
  while (!stopping) await run()
} catch (error) {
  if (isNotWritten(error)) throw new Error(troubleWith(readModelOpened, error))
  if (!isDamage(error)) throw error
  anew = true
} finally {
  await close()
  model.close()
  port.close()
}
if (anew) {
  removeReadModel(readModelFile)
  throw new Error(`the read model ${readModelFile} is damaged and is made anew`)
}
