import type { UserId } from '../../../domain/identifiers.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import type { EventStore } from '../../eventStore/eventStore.ts'
import type { Position, RecordedEvent, Revision } from '../../eventStore/recordedEvent.ts'
import type { Erased } from '../../ledger/erased.ts'
import type { Untrusted } from '../../ledger/trustedStore.ts'
import type { Change } from '../database/changeTables.ts'
import type { ProjectedEvent } from '../database/checkpointTable.ts'
import type { KeptRun } from '../database/readingTables.ts'
import type { ReadModelWriter } from '../database/writer.ts'
import type { FoldedStream } from './foldedStream.ts'
import type { FoldThreads } from './foldThreads.ts'
import type { KeptReadings } from './keptReadings.ts'
import type { KeptStates } from './keptStates.ts'
import type { KnownClocks } from './knownClocks.ts'
import type { UncertainStreams } from './uncertainStreams.ts'

/** What a run of the projection goes by from one batch to the next. */
export interface Run {
  /** As it may be believed, without what was erased. */
  readonly store: EventStore
  /** What was erased, as far as the log says so by now: that may be ahead of what is projected. */
  readonly erased: Erased
  readonly untrusted: Untrusted | null
  readonly model: ReadModelWriter
  readonly states: KeptStates
  readonly readings: KeptReadings
  readonly uncertainStreams: UncertainStreams
  readonly clocks: KnownClocks
  /** Fold streams ahead, while the end of the log is far. */
  readonly threads: () => FoldThreads | null
}

/** A batch of the log on its way into the read model: what it has come to until it is committed. */
export interface Batch {
  readonly run: Run
  readonly changed: Map<UserId, KycState>
  /** Whose streams were folded ahead: their states are nowhere, and whoever needs one folds him once more. */
  readonly ahead: Map<UserId, FoldedStream>
  /** What is to be kept of what users' events say, behind what is. */
  readonly kept: Map<UserId, readonly KeptRun[]>
  /** Those of whom nothing is certain: their states are good for nothing but their rows. */
  readonly uncertainUsers: Set<UserId>
  /** Those whose rows went. */
  readonly erasedUsers: UserId[]
  /** Up to where it brings the read model. */
  readonly position: Position
  /** The event that is being projected, by its position; `position` for what no event causes. */
  cause: Position
  /** What is told of users counts as changed, whether it is the same or not: others may have told something else meanwhile. */
  isToldAnew: boolean
  /** Of whom something else is told now, and where that came of it. */
  readonly changes: Map<UserId, Change>
  /** The last own event of users whose streams were read whole: it may stand behind `cause`. */
  readonly readTo: Map<UserId, Position>
  /** Of the events that were read for it, the one that stands last in the log. */
  furthest: ProjectedEvent | null
}

/** A batch that has come to nothing yet. */
export const newBatch = (run: Run, position: Position, furthest: ProjectedEvent | null): Batch => ({
  run,
  changed: new Map(),
  ahead: new Map(),
  kept: new Map(),
  uncertainUsers: new Set(),
  erasedUsers: [],
  position,
  cause: position,
  isToldAnew: false,
  changes: new Map(),
  readTo: new Map(),
  furthest,
})

type States = Pick<Batch, 'run' | 'changed' | 'ahead'>

/** The state of a user as far as the batch has come; `undefined` where it is not in memory. */
export const stateOf = ({ run, changed }: Pick<Batch, 'run' | 'changed'>, userId: UserId): KycState | undefined =>
  changed.get(userId) ?? run.states.get(userId)

/** Up to where the user's stream is folded; -1 if nothing is known of him. */
export const reached = (batch: States, userId: UserId): Revision =>
  stateOf(batch, userId)?.revision ?? batch.ahead.get(userId)?.row.revision ?? batch.run.model.revisionOf(userId) ?? -1

/** Whether an event of the user's stream is not folded in yet. */
export const isNew = (batch: States, userId: UserId, { revision }: RecordedEvent): boolean =>
  revision > reached(batch, userId)

/** Whether a record of his erasure stands in the log: he is known no more, and nothing of him is projected. */
export const isErased = ({ run }: Pick<Batch, 'run'>, userId: UserId): boolean => run.erased.users.has(userId)
