/** A worker thread that follows the log of `workerData.file` and posts the id of each event, after a first `open`. */
import { parentPort, workerData } from 'node:worker_threads'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { right } from '../right.ts'

const { file } = workerData as { readonly file: string }
const store = right(await openSqliteEventStore({ file, readOnly: true })())
const stop = new AbortController()
parentPort?.once('message', () => stop.abort())
parentPort?.postMessage('open')
for await (const { events } of store.follow(null, stop.signal)) {
  for (const event of events) parentPort?.postMessage(event.eventId)
}
await store.close()
