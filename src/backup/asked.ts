import type { EventStoreConfig } from '../eventStore/eventStoreConfig.ts'
import { inWords } from '../files/whyNot.ts'
import { failureOf } from './failure.ts'
import type { Kept } from './kept/kept.ts'
import type { GoodBackup } from './kept/tries.ts'
import type { Fault } from './proof/found.ts'

// What is said between a service or a command and the process of a backup; of how that does it the others load nothing.

/** What is to be verified, beside the service of `dataDir` and its log; all of it can be sent to another process. */
export interface BackupTask {
  readonly eventStore: EventStoreConfig
  readonly dataDir: string
  /** What to make first; `null` to verify what is there. */
  readonly make: {
    readonly log: string
    readonly journal: string | null
    readonly beside: boolean
    /** RFC 3339, UTC. */
    readonly now: string
  } | null
  /** A backup at a path, or a server that was restored. */
  readonly of: { readonly path: string } | { readonly server: EventStoreConfig }
  /** A folder that is made for it to be restored into, and removed. */
  readonly temporary: string
  /** Where the schedule keeps so many backups of which log, this one among them; `null` for one that is not the schedule's. */
  readonly kept: { readonly directory: string; readonly logId: string; readonly keep: number } | null
  /** The read model in use has so long to come to the end of the backup. */
  readonly patienceMs: number
}

/** What the process of a backup is told to do. */
export type Asked =
  | { readonly _tag: 'Task'; readonly task: BackupTask }
  | { readonly _tag: 'Look'; readonly directory: string; readonly logId: string }

/** What came of it, in sentences for a person. */
export interface BackupOutcome {
  readonly told: readonly string[]
  readonly faults: readonly Fault[]
  /** `null` where it has faults. */
  readonly good: GoodBackup | null
  /** How many older ones were removed. */
  readonly removed: number
  /** What the schedule keeps then; `null` where that is not known. */
  readonly kept: Kept | null
}

export const failed = (error: unknown, told: readonly string[] = []): BackupOutcome => ({
  told,
  faults: [{ failure: failureOf(error), says: inWords(error) }],
  good: null,
  removed: 0,
  kept: null,
})
