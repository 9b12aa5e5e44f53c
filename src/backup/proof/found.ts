import type { BackupFailure } from '../failure.ts'

/** Something that is wrong with a backup, in a sentence. */
export interface Fault {
  readonly failure: BackupFailure
  readonly says: string
}

/** What was seen when a backup was looked at, in sentences for a person. */
export interface Found {
  readonly told: readonly string[]
  /** None: it is good. */
  readonly faults: readonly Fault[]
}
