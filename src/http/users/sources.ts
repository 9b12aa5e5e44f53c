import type { Response } from 'express'
import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { RetentionPolicy } from '../../../domain/retention/policy.ts'
import type { Authentication } from '../../access/authentication.ts'
import type { Clock } from '../../clock/clock.ts'
import type { EventStore } from '../../eventStore/eventStore.ts'
import type { RecordedEvent, StreamName } from '../../eventStore/recordedEvent.ts'
import type { Erased } from '../../ledger/erased.ts'
import type { RecordAccess } from '../../ledger/recordAccesses.ts'
import type { Beside } from '../../readModel/besideStreams.ts'
import type { ReadModelReader } from '../../readModel/database/reader.ts'
import type { ReadModel } from '../../readModel/readModel.ts'
import type { Uncertain } from '../../readModel/uncertain.ts'
import type { Streams } from '../../readModel/userEvents.ts'
import { problem, unavailable } from '../problem.ts'
import type { Aside } from './aside/askAside.ts'

/** What the read API reads from. */
export interface Sources {
  /** As it may be believed. */
  readonly store: EventStore
  /** As it stands, for whoever asks for evidence. */
  readonly recorded: EventStore
  /** Streams of `store` that were read lately. */
  readonly streams: Streams
  /** Threads that read and fold beside this one; `null`: none do. */
  readonly aside: Aside | null
  readonly readModel: ReadModel
  /** Who was erased, as far as this node has heard: the read model may come to it a moment later. */
  readonly erased: Pick<Erased, 'users' | 'has'>
  /** Hears what the log says of erasures by now. */
  readonly hearErasures: () => Promise<void>
  /** What answers rest on beside users' streams, while the read model is made; `null` where they have to wait for that. */
  readonly beside: () => Promise<Beside | null>
  /** That an event is in the log, over the newest checkpoint; `null` where none shows it. */
  readonly proofOf: (event: RecordedEvent) => string | null
  readonly authentication: Authentication
  /** How long records are kept; `null`: nobody is ever due. */
  readonly retention: RetentionPolicy | null
  /** For so long a decision may be awaited before it is drift: in microseconds, as `minutes` gives them. */
  readonly driftAfter: number
  /** What makes each read of persons' data an event, before anything is given. */
  readonly access: RecordAccess
  /** Resolves once this process has no append to the stream under way. */
  readonly settled: (stream: StreamName) => Promise<void>
  readonly now: Clock
  /** The receipts known to be wrong: the same list for as long as they are the same. */
  readonly corrections: () => readonly ReceiptCorrection[]
  /** Says in the log, and counts, that nothing is certain about a user. */
  readonly uncertain: (one: Uncertain) => void
  /** Says in the log, and counts, that the read model holds another answer about a user than was folded, and has him folded anew. */
  readonly answerAltered: (userId: UserId) => void
}

/** The answer where nothing is known of the user. */
export const unknownUser = (res: Response): void => problem(res, 'unknown-user', 'no event of this user is known')

/** The answer where the read model has to be waited for. */
export const refuseBehind = (res: Response): void =>
  unavailable(res, 'read-model-behind', 'the read model is catching up with the log', 1)

/** The read model, once it has caught up with the log since the start; before that it could show what is long past. */
export const builtModel = ({ readModel }: Pick<Sources, 'readModel'>): ReadModelReader | null => {
  const reader = readModel.reader()
  return readModel.hasCaughtUp() ? reader : null
}

/** The same; `null`, after 503 was answered, before that. */
export const currentModel = (sources: Pick<Sources, 'readModel'>, res: Response): ReadModelReader | null => {
  const model = builtModel(sources)
  if (model === null) refuseBehind(res)
  return model
}

/** So long a question waits for the read model to come to a position. */
export const LONGEST_WAIT_MS = 2000
