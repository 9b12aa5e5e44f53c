import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { EventStoreConfig } from '../config.ts'
import { openEsdbEventStore } from './esdb/esdbEventStore.ts'
import type { EventStore } from './eventStore.ts'
import { type CannotOpenStore, openSqliteEventStore } from './sqlite/sqliteEventStore.ts'

/** Opens the event store that the configuration names; `readOnly` beside the process that writes to it. */
export const openEventStore = (
  config: EventStoreConfig,
  { readOnly = false }: { readonly readOnly?: boolean } = {},
): TaskEither<CannotOpenStore, EventStore> => {
  switch (config.kind) {
    case 'sqlite':
      return openSqliteEventStore({ file: config.file, readOnly })
    case 'esdb':
      return openEsdbEventStore({ connectionString: config.connectionString, readOnly })
  }
}
