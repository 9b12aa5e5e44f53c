import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { CannotOpenStore, EventStore } from './eventStore.ts'
import type { EventStoreConfig } from './eventStoreConfig.ts'

/**
 * Opens the event store that the configuration names; `readOnly` beside the process that writes to it. Only the adapter
 * that is asked for is loaded: the client of EventStoreDB alone takes a tenth of a second.
 */
export const openEventStore =
  (
    config: EventStoreConfig,
    { readOnly = false }: { readonly readOnly?: boolean } = {},
  ): TaskEither<CannotOpenStore, EventStore> =>
  async () => {
    switch (config.kind) {
      case 'sqlite': {
        const { openSqliteEventStore } = await import('./sqlite/sqliteEventStore.ts')
        return openSqliteEventStore({ file: config.file, readOnly })()
      }
      case 'esdb': {
        const { openEsdbEventStore } = await import('./esdb/esdbEventStore.ts')
        return openEsdbEventStore({ connectionString: config.connectionString, readOnly })()
      }
      default:
        return config satisfies never
    }
  }
