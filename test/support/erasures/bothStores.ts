import { openEsdbEventStore } from '../../../src/eventStore/esdb/esdbEventStore.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import { startEventStoreDb } from '../eventStoreDb/eventStoreDb.ts'
import { writingLog } from '../logs/logs.ts'
import { newDirectory } from '../newDirectory.ts'
import { right } from '../right.ts'

interface Used {
  readonly store: EventStore
  /** Of the log, or for the tree. */
  readonly directory: string
  /** Takes out of a server's log what was erased of it; a file does not hold that any more. */
  readonly scavenge: () => void
}

/** The embedded store, and the double of EventStoreDB: a new log for each use. */
export const BOTH_STORES: Readonly<Record<string, (use: (log: Used) => Promise<void>) => Promise<void>>> = {
  'an embedded store': (use) => {
    const directory = newDirectory()
    return writingLog(directory, (store) => use({ store, directory, scavenge: () => undefined }))
  },
  EventStoreDB: async (use) => {
    const server = await startEventStoreDb()
    const store = right(await openEsdbEventStore({ connectionString: server.connectionString })())
    try {
      await use({ store, directory: newDirectory(), scavenge: server.scavenge })
    } finally {
      await store.close()
      await server.stop()
    }
  },
}
