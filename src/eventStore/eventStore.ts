import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Instant } from '../../domain/instant.ts'
import type { AppendError, Appended, ExpectedRevision } from './appendOutcome.ts'
import type { NewEvent, Position, RecordedEvent, Revision, StreamName } from './recordedEvent.ts'

/** The store could not be opened; `reason` names it and what to do. */
export interface CannotOpenStore {
  readonly _tag: 'CannotOpenStore'
  readonly reason: string
}

/** A run of the log, as `follow` delivers it: never empty of news, of which that the end is reached is one. */
export interface LogBatch {
  /** In the order of the log; may be empty when only the position moved on (events of other applications). */
  readonly events: readonly RecordedEvent[]
  /**
   * Streams of which something became known that is no event: deleted, cut, hidden, damaged, or shown again. What was read
   * of them before may not be what they show now.
   */
  readonly altered?: readonly StreamName[]
  /** Everything up to and including this position has been delivered. */
  readonly position: Position | null
  /** True when this batch reached what was then the end of the log. */
  readonly caughtUp: boolean
  /** Of a file: how many events there may be behind it by now. */
  readonly left?: number
  /** Why the log can no longer be followed: nothing comes until it is resumed. Such a batch holds no events. */
  readonly lost?: string
  /** The log was out of reach, and is followed again from here: it may be another one now. Such a batch holds no events. */
  readonly resumed?: true
}

/**
 * Asked before each read of the log: of which streams the texts are not needed, or `null` while all are. A store may leave them out
 * (`isBare`), but for the last event that it reads at a time, and of events of one such stream that follow on each other give the first and
 * the last alone.
 */
export type Spared = () => ((stream: StreamName) => boolean) | null

/** What became of the bytes of events that were removed. */
export interface Purge {
  /** `gone`: no file of the store holds them any more; `scavenge`: files of a server do, until each of its nodes is scavenged. */
  readonly files: 'gone' | 'scavenge'
  /** What was done, and what somebody else has to do; for a person. */
  readonly told: readonly string[]
}

/** Which events of a stream, and in which order. */
export interface ReadStreamOptions {
  /** First revision to give; default: the first of the stream, or the last when reading backwards. */
  readonly from?: Revision
  readonly direction?: 'forwards' | 'backwards'
  /** At most this many events. */
  readonly limit?: number
}

/**
 * The log of record. One contract (`test/eventStore/contract.ts`), held by every adapter. Reads fail by throwing an
 * `Error` (`storeUnreachable`, `streamUnreadable`, `storeDamaged`); a stream that does not exist, or of which nothing is
 * left, reads as empty. Only events of this service's streams (`kyc-…`) are given.
 */
export interface EventStore {
  /**
   * Appends all the events or none, in order, when the stream stands at `expected`. A `Right` means they are durable
   * (fsynced). Repeating an append with the same event ids at the same expected revision is acknowledged with the
   * place where the events already stand, and says so: whoever wrote them may have given them other metadata.
   */
  readonly append: (
    stream: StreamName,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ) => TaskEither<AppendError, Appended>

  /**
   * Removes a stream for good, when it stands at `expected`: `WrongExpectedVersion` otherwise, and nothing is removed. One that
   * holds no event yet is erased at `no-stream`; what is erased already is so again. From a `Right` on the stream reads as
   * empty and takes nothing (`StreamErased`), after any crash; a server's `readAll` and `follow` may still give its events until they are
   * scavenged. Until then the first events of a long one may be gone already, and it takes what comes: asked again, the removal goes
   * on. Removals that are asked for at the same time share a transaction, where there is one, as appends do.
   */
  readonly erase: (stream: StreamName, expected: ExpectedRevision) => TaskEither<AppendError, void>

  /**
   * Removes the events of a stream before a revision; those behind it keep theirs, and the stream goes on where it stood.
   * `WrongExpectedVersion` where it has not come so far. For `kyc-unattributed`, and no other.
   */
  readonly truncate: (stream: StreamName, before: Revision) => TaskEither<AppendError, void>

  /**
   * Sees to it that no file holds the bytes of what was removed, as far as that is this service's to do. It takes seconds to
   * minutes, and the store serves meanwhile. Throws, with the reason, where it did not come to that and may when asked again.
   */
  readonly purge: () => Promise<Purge>

  readonly readStream: (stream: StreamName, options?: ReadStreamOptions) => AsyncIterable<RecordedEvent>

  /**
   * The log as it stands, in batches, from just after `after` (default: from its beginning), then ends. `altered` is told of
   * which streams something became known that is no event: as `follow` tells. Where that is that the store cannot read events
   * of them, the log goes on behind those; without `altered` it fails as `storeDamaged`.
   */
  readonly readAll: (
    after?: Position | null,
    altered?: (streams: readonly StreamName[]) => void,
  ) => AsyncIterable<readonly RecordedEvent[]>

  /**
   * The newest event of the log. `null` where there is none; of a server that other applications share, also where none is
   * found among its newest few hundred.
   */
  readonly lastEvent: () => Promise<RecordedEvent | null>

  /** Of a server: when it took an event, by its own clock; `null` where that cannot be told at once. */
  readonly takenAt?: (stream: StreamName, revision: Revision) => Promise<Instant | null>

  /**
   * The id of the event that stands at a position, as the node sees it that streams are read from; `null` where none does.
   * What a stream does not show, though the log holds it there, was taken out of the stream.
   */
  readonly idAt: (position: Position) => Promise<string | null>

  /**
   * The log from just after `after`, then live, without gap or repetition at the seam; ends only by `signal`. The next
   * batch is fetched only when asked for: a slow reader holds nothing but its place. `seen` is how far the reader knows
   * that nothing stands after `after`: no position before it is given, unless the log ends before it.
   */
  readonly follow: (
    after: Position | null,
    signal: AbortSignal,
    seen?: Position | null,
    spared?: Spared,
  ) => AsyncIterable<LogBatch>

  /** A file that this process opens: what is missing in it is gone. Otherwise a server, which may be behind another. */
  readonly embedded: boolean

  /** Whether the server behind the store answers, as of a few seconds ago; of a file, whether it can be appended to. */
  readonly health: () => 'up' | 'down'

  /** Of a file: `told` hears from now on how long each commit took, with its fsync, in seconds. */
  readonly tellCommits?: (told: (seconds: number) => void) => void

  /** Of a server: how many appends were sent again, because it was not known what had become of them. */
  readonly retries?: () => number

  /** Why it is down, or will be if nobody looks after it; for the log, where the store can say so. */
  readonly fault?: () => string | null

  /** Finishes what was accepted, then releases files and connections. Later calls give `StoreUnavailable`. */
  readonly close: () => Promise<void>
}
