import type { EventStore } from '../../eventStore/eventStore.ts'

/** What a backup is held against: the log that is served, and the directory of its service. */
export interface Running {
  readonly store: EventStore
  readonly dataDir: string
  /** The read model in use has so long to come to the end of the backup. */
  readonly patienceMs: number
}
