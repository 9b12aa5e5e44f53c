import { parentPort, workerData } from 'node:worker_threads'
import * as E from 'fp-ts/lib/Either.js'
import type { EventStoreConfig } from '../config.ts'
import { openEventStore } from '../eventStore/openEventStore.ts'
import { openReadModelWriter } from './database.ts'
import { runProjection } from './runProjection.ts'

export interface ProjectionThreadData {
  readonly eventStore: EventStoreConfig
  readonly readModelFile: string
}

if (parentPort === null) throw new Error('the projection runs in a worker thread')
const port = parentPort
const { eventStore, readModelFile } = workerData as ProjectionThreadData

const opened = await openEventStore(eventStore, { readOnly: true })()
if (E.isLeft(opened)) throw new Error(opened.left.reason)
const model = openReadModelWriter(readModelFile)
const stopping = new AbortController()
port.on('message', () => stopping.abort())
port.postMessage({ position: model.checkpoint(), caughtUp: false })
try {
  await runProjection(opened.right, model, stopping.signal, (progress) => port.postMessage(progress))
} finally {
  await opened.right.close()
  model.close()
  port.close()
}
