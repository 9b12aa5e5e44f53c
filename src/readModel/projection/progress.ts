import type { UserId } from '../../../domain/identifiers.ts'
import { type Instant, later } from '../../../domain/instant.ts'
import type { Position, RecordedEvent } from '../../eventStore/recordedEvent.ts'
import type { ClockRecords } from '../../ledger/clockRecords.ts'
import { readMeaning } from '../../ledger/meaning.ts'
import { recordedAtOf } from '../../ledger/recordedAt.ts'
import { ERASURES } from '../../ledger/streams.ts'
import type { Uncertain } from '../uncertain.ts'

/** How far the read model has come. */
export interface Progress {
  readonly position: Position | null
  /** It had reached the end of the log, as of then. */
  readonly caughtUp: boolean
  /** The log is not the one that the read model was made from, or not any more. */
  readonly replaced?: true
  /** Streams of whose users nothing is certain; each is told of once. */
  readonly uncertain?: readonly Uncertain[]
  /** When the newest event of this run of the log was recorded. */
  readonly newest?: Instant
  /** What is known of wrong clocks, when it becomes known. */
  readonly clockRecords?: ClockRecords
  /** Users who were erased: their rows went. */
  readonly erased?: readonly UserId[]
  /** `kyc-erasures` says something that was not heard before. */
  readonly erasures?: true
  /** By which version changes are told from here on, where the log says so. */
  readonly meaning?: number
  /** Why the log cannot be followed, until progress says that its end is reached again. */
  readonly lost?: string
}

/** What is new of erasures. */
export const erasuresIn = (
  events: readonly RecordedEvent[],
  erased: readonly UserId[],
): Pick<Progress, 'erased' | 'erasures'> => ({
  ...(erased.length > 0 ? { erased } : {}),
  ...(events.some(({ stream }) => stream === ERASURES) ? { erasures: true } : {}),
})

/** By which version changes are told, as the last of them says that speaks of it. */
export const meaningIn = (events: readonly RecordedEvent[]): Pick<Progress, 'meaning'> => {
  const meaning = events.map(readMeaning).findLast((version) => version !== null) ?? null
  return meaning === null ? {} : { meaning }
}

/** Of a long run only so many are looked at: the log is in the order of its records, but for nodes at the same moment. */
const NEWEST_AMONG = 20

/** When the newest of them was recorded. One may stand before another that was recorded earlier, by another node. */
export const newestOf = (events: readonly RecordedEvent[]): Pick<Progress, 'newest'> => {
  const newest = events.slice(-NEWEST_AMONG).reduce<Instant | null>((t, event) => later(t, recordedAtOf(event)), null)
  return newest === null ? {} : { newest }
}
