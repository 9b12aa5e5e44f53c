import { setTimeout as delay } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { LRUCache } from 'lru-cache'
import { type Dating, timesOf } from '../../domain/event/dating.ts'
import { factName, recognise } from '../../domain/event/identity.ts'
import { EventMetadata, METADATA_FORMAT } from '../../domain/event/metadata.ts'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import { type Instant, later } from '../../domain/instant.ts'
import type { Clock } from '../clock/clock.ts'
import type { ClockFault } from '../clock/nodeClock.ts'
import type { AppendError, AppendRefused, ExpectedRevision, StoreUnavailable } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { isStreamUnreadable } from '../eventStore/readFailure.ts'
import type { StreamName } from '../eventStore/recordedEvent.ts'
import { eventIdOf } from '../ledger/eventId.ts'
import {
  emptyHead,
  eventsOf,
  knowledgeOf,
  readOn,
  type Standing,
  type StandingFact,
  type StreamHead,
  standingUnseen,
  withEvent,
} from './streamHead.ts'

/** A verified webhook on its way into one stream: everything of its metadata but what the stream itself decides. */
export interface Fact {
  readonly stream: StreamName
  readonly type: string
  /** JSON text of the webhook as received. */
  readonly data: string
  readonly metadata: Omit<EventMetadata, 'format' | 'recordedAt' | 'echoOf'>
  /** It was refused when it was received, and is submitted again. */
  readonly resubmitted: boolean
}

export interface Recorded {
  readonly outcome: 'appended' | 'known' | 'echo-refused'
  readonly standing: Standing
}

export type RecordError = StoreUnavailable | AppendRefused

export interface FactRecorder {
  readonly record: (fact: Fact) => TaskEither<RecordError, Recorded>
  /** Resolves once every append to the stream that is under way here has come to its end. */
  readonly settled: (stream: StreamName) => Promise<void>
}

/** So many events may the streams have whose heads are kept in memory; of any other the stream is read first. */
const EVENTS_KEPT = 50_000
/** A longer stream counts as one of so many: its head is kept, and does not drive out all others. */
const EVENTS_COUNTED = EVENTS_KEPT / 4
/** So many other writers in a row may be faster before the delivery is refused for now. */
const ATTEMPTS = 100
/** What a server does not show of a stream for so long, though it stands there, it does not show any more. */
const SEEN_WITHIN_MS = 2000
const LOOK_AGAIN_MS = 100

/**
 * When a fact was received and recorded: never before the last event of its stream was. Only one that was refused at first
 * was received earlier: nothing else is known of its receipt but what was noted then.
 */
const receiptOf = (
  { metadata, resubmitted }: Fact,
  { recordedAt: last }: StreamHead,
  time: Instant,
): Pick<Dating, 'receivedAt'> & Pick<EventMetadata, 'recordedAt'> => {
  const recordedAt = later(time, last) ?? time
  const received = resubmitted ? metadata.receivedAt : (later(metadata.receivedAt, last) ?? metadata.receivedAt)
  return { receivedAt: Math.min(received, recordedAt) as Instant, recordedAt }
}

const standingOf = (error: AppendError): ExpectedRevision => ('actual' in error ? error.actual : 'no-stream')

/**
 * Makes each fact exactly one event of its stream: decides by what the stream holds and appends at exactly that
 * revision. When another writer was faster, the stream is read on and the decision is made again. The deliveries of one
 * stream are decided one after the other; those of different streams do not wait for each other.
 */
export const recordFacts = (
  store: EventStore,
  now: Clock,
  corrections: () => readonly ReceiptCorrection[] = () => NO_CORRECTIONS,
  clockFault: () => ClockFault | null = () => null,
): FactRecorder => {
  const heads = new LRUCache<StreamName, StreamHead>({
    maxSize: EVENTS_KEPT,
    sizeCalculation: (head) => Math.min(eventsOf(head) + 1, EVENTS_COUNTED),
  })
  const queues = new Map<StreamName, Promise<unknown>>()
  let headsReadWith = corrections()

  /** The receipts known to be wrong; what was read while others were known is read again. */
  const corrected = (): readonly ReceiptCorrection[] => {
    const known = corrections()
    if (known !== headsReadWith) heads.clear()
    headsReadWith = known
    return known
  }

  const inTurn = <A>(stream: StreamName, action: () => Promise<A>): Promise<A> => {
    const turn = (queues.get(stream) ?? Promise.resolve()).then(action)
    const settled = turn
      .catch(() => undefined)
      .then(() => {
        if (queues.get(stream) === settled) queues.delete(stream)
      })
    queues.set(stream, settled)
    return turn
  }

  const decide = async (fact: Fact): Promise<E.Either<RecordError, Recorded>> => {
    const { stream } = fact
    let unseenSince: number | null = null
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const known = corrected()
      const kept = heads.get(stream)
      const head = kept ?? (await readOn(store, emptyHead(stream), known))
      if (kept === undefined) heads.set(stream, head)
      const samePayload = head.factsByPayload.get(fact.metadata.payloadHash) ?? []
      const { receivedAt, recordedAt } = receiptOf(fact, head, now())
      const times = timesOf({ ...fact.metadata, receivedAt }, recordedAt, null, [])
      const recognition = recognise({ ...fact.metadata, occurredAt: times.occurredAt }, samePayload, knowledgeOf(head))
      if (recognition._tag === 'Known' || recognition._tag === 'EchoRefused') {
        const { revision, position, eventId } = samePayload.find(
          (one) => one.revision === recognition.revision,
        ) as StandingFact
        return E.right({
          outcome: recognition._tag === 'Known' ? 'known' : 'echo-refused',
          standing: { stream, revision, position, eventId },
        })
      }

      const echoOf = recognition._tag === 'Echo' ? recognition.of : null
      const metadata: EventMetadata = { ...fact.metadata, format: METADATA_FORMAT, receivedAt, recordedAt, echoOf }
      const eventId = eventIdOf(factName(metadata, metadata.userId, echoOf === null ? null : samePayload.length))
      const event = {
        eventId,
        type: fact.type,
        data: fact.data,
        metadata: JSON.stringify(EventMetadata.encode(metadata)),
      }
      // The clock was right when the delivery came; what it says by now may be a leap's.
      const fault = clockFault()
      if (fault !== null) return E.left({ _tag: 'StoreUnavailable', reason: fault.reason })
      const appended = await store.append(stream, head.revision, [event])()
      if (E.isRight(appended) && appended.right.already === undefined) {
        const { revision, position } = appended.right
        const standing = { stream, revision, position, eventId }
        heads.set(stream, withEvent(head, standing, { ...metadata, ...times }))
        return E.right({ outcome: 'appended', standing })
      }
      if (E.isLeft(appended) && appended.left._tag !== 'WrongExpectedVersion') {
        // What became of it is not known: the stream has to be read again.
        heads.delete(stream)
        return E.left(appended.left)
      }
      const actual = E.isRight(appended) ? appended.right.revision : standingOf(appended.left)
      const readTo = await readOn(store, head, known)
      heads.set(stream, readTo)
      if (actual === 'no-stream' || actual < eventsOf(readTo)) {
        unseenSince = null
        continue
      }
      // What another writer has just appended comes to be seen in a moment; what was taken out of the stream never does.
      unseenSince ??= performance.now()
      if (performance.now() - unseenSince > SEEN_WITHIN_MS) heads.set(stream, standingUnseen(readTo, actual))
      else await delay(LOOK_AGAIN_MS)
    }
    return E.left({ _tag: 'StoreUnavailable', reason: 'other writers append to the stream without a pause' })
  }

  return {
    record: (fact) => () =>
      inTurn(fact.stream, () =>
        decide(fact).catch((error: unknown) => {
          heads.delete(fact.stream)
          return E.left<RecordError>({
            _tag: isStreamUnreadable(error) ? 'AppendRefused' : 'StoreUnavailable',
            reason: error instanceof Error ? error.message : String(error),
          })
        }),
      ),
    settled: async (stream) => {
      await queues.get(stream)
    },
  }
}
