import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import Sqlite from 'better-sqlite3'

/**
 * What any process holds of these parts before it does anything: Node with Express that listens, SQLite in as many threads as the service
 * has at rest, connections to the same files. Nothing of the service is loaded, nothing is read. `process.argv[2]` is a directory with a log and a read model.
 */
const opened = (directory: string, names: readonly string[]) => names.map((name) => new Sqlite(join(directory, name)))

if (isMainThread) {
  const directory = process.argv[2] ?? '.'
  const { default: express } = await import('express')
  opened(directory, ['events.db', 'read-model.db'])
  // One appends, one journals, one projects.
  for (const names of [['events.db'], ['journal.db'], ['events.db', 'read-model.db']]) {
    new Worker(new URL(import.meta.url), { workerData: { directory, names } })
  }
  const server = express().listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
  })
  process.once('SIGTERM', () => process.exit(0))
} else {
  const { directory, names } = workerData as { readonly directory: string; readonly names: readonly string[] }
  opened(directory, names)
  setInterval(() => undefined, 2 ** 31 - 1)
}
