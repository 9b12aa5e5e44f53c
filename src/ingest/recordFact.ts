import { setTimeout as delay } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { timesOf } from '../../domain/event/dating.ts'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import { recognise } from '../../domain/event/recognition.ts'
import type { Clock } from '../clock/clock.ts'
import type { ClockFault } from '../clock/nodeClock.ts'
import {
  type AppendError,
  type AppendRefused,
  appendRefused,
  type ExpectedRevision,
  reasonOf,
  type StoreUnavailable,
  type WrongExpectedVersion,
} from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { isStreamUnreadable } from '../eventStore/readFailure.ts'
import type { StreamName } from '../eventStore/recordedEvent.ts'
import { newSalt } from '../ledger/salt.ts'
import { fail, inSpan, tracing } from '../tracing/tracing.ts'
import { type ErasedUsers, NOBODY_ERASED } from './erasedUsers.ts'
import { eventOf, receiptOf } from './eventOfFact.ts'
import type { Fact } from './fact.ts'
import { wholesIn } from './keepWhole.ts'
import { keptHeads } from './keptHeads.ts'
import {
  emptyHead,
  eventsOf,
  knowledgeOf,
  readOn,
  type Standing,
  type StandingFact,
  standingUnseen,
  withEvent,
} from './streamHead.ts'
import { turnsAtStreams } from './turns.ts'

/** What became of a fact, and where its event stands: the one that was known already, where nothing was appended. */
export type Recorded =
  | { readonly outcome: 'appended' | 'known' | 'echo-refused'; readonly standing: Standing }
  /** Its user was erased: nothing of it is kept. */
  | { readonly outcome: 'erased' }

export type RecordError = StoreUnavailable | AppendRefused

export interface FactRecorder {
  readonly record: (fact: Fact) => TaskEither<RecordError, Recorded>
  /** Resolves once every append to the stream that is under way here has come to its end. */
  readonly settled: (stream: StreamName) => Promise<void>
}

/** So many other writers in a row may be faster before the delivery is refused for now. */
const ATTEMPTS = 100
/** What a server does not show of a stream for so long, though it stands there, it does not show any more. */
const SEEN_WITHIN_MS = 2000
const LOOK_AGAIN_MS = 100

/** In a span, where one is under way. `itsTurn` is called once those who came before for the same stream are done. */
const deciding = (
  decide: (itsTurn: () => void) => Promise<E.Either<RecordError, Recorded>>,
): Promise<E.Either<RecordError, Recorded>> =>
  tracing() === null
    ? decide(() => undefined)
    : inSpan('decide', {}, async (span) => {
        const decided = await decide(() => void span?.addEvent('turn'))
        if (E.isLeft(decided)) fail(span, decided.left._tag)
        else span?.setAttribute('kyc.decision', decided.right.outcome)
        return decided
      })

const ERASED: Recorded = { outcome: 'erased' }
const NO_WHOLE = E.right(null)

/** Where the stream stands that an append did not find where it expected it. */
const actualOf = (error: AppendError): ExpectedRevision => ('actual' in error ? error.actual : 'no-stream')

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
  erasedUsers: ErasedUsers = NOBODY_ERASED,
): FactRecorder => {
  const { heads, corrected } = keptHeads(corrections)
  const turns = turnsAtStreams()
  const keptWhole = wholesIn(store, now, clockFault, erasedUsers)

  const isErased = ({ metadata: { userId } }: Fact): boolean => userId !== null && erasedUsers.isErased(userId)

  /** A stream that was removed by a foreign hand is no user's who was erased: nothing that comes for it is passed over. */
  const refused = async (fact: Fact, error: Exclude<AppendError, WrongExpectedVersion>) => {
    heads.delete(fact.stream)
    if (error._tag !== 'StreamErased') return E.left(error)
    await erasedUsers.look()
    return isErased(fact) ? E.right(ERASED) : E.left(appendRefused(reasonOf(error)))
  }

  const decide = async (fact: Fact): Promise<E.Either<RecordError, Recorded>> => {
    const { stream } = fact
    const { family, payloadHash, webhookId, webhookCreatedAt, claim, statedAt, statedBinds } = fact.metadata
    let unseenSince: number | null = null
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (isErased(fact)) {
        heads.delete(stream)
        return E.right(ERASED)
      }
      const known = corrected()
      const kept = heads.get(stream)
      const head = kept ?? (await readOn(store, emptyHead(stream, erasedUsers.beginOf?.(stream)), known))
      if (kept === undefined) heads.set(stream, head)
      const samePayload = head.factsByPayload.get(payloadHash) ?? []
      const receipt = receiptOf(fact, head, now())
      const { receivedAt, recordedAt } = receipt
      const dating = { webhookCreatedAt, claim, statedAt, statedBinds, receivedAt }
      const { occurredAt } = timesOf(dating, recordedAt, null, NO_CORRECTIONS)
      const candidate = { family, payloadHash, webhookId, webhookCreatedAt, occurredAt }
      const recognition = recognise(candidate, samePayload, knowledgeOf(head))
      if (recognition._tag === 'Known' || recognition._tag === 'EchoRefused') {
        // No append tells whether another writer was faster, of whom it may be no longer the last word, or one echo too many.
        const latest = kept === undefined ? head : await readOn(store, head, known)
        if (latest.revision !== head.revision) {
          heads.set(stream, latest)
          continue
        }
        const { revision, position, eventId } = samePayload.find(
          (one) => one.revision === recognition.revision,
        ) as StandingFact
        return E.right({
          outcome: recognition._tag === 'Known' ? 'known' : 'echo-refused',
          standing: { stream, revision, position, eventId },
        })
      }

      const echoOf = recognition._tag === 'Echo' ? recognition.of : null
      // The clock was right when the delivery came; what it says by now may be a leap's.
      const fault = clockFault()
      if (fault !== null) return E.left({ _tag: 'StoreUnavailable', reason: fault.reason })
      const whole = fact.whole === null ? NO_WHOLE : await keptWhole(fact.whole)
      if (E.isLeft(whole)) return whole
      const event = eventOf(fact, receipt, echoOf, samePayload.length, newSalt(), whole.right)
      const appended = await store.append(stream, head.revision, [event])()
      if (E.isRight(appended) && appended.right.already === undefined) {
        const { revision, position } = appended.right
        const standing = { stream, revision, position, eventId: event.eventId }
        heads.set(stream, withEvent(head, standing, { ...candidate, recordedAt, echoOf }))
        return E.right({ outcome: 'appended', standing })
      }
      if (E.isLeft(appended) && appended.left._tag !== 'WrongExpectedVersion') {
        // What became of it is not known: the stream has to be read again.
        return refused(fact, appended.left)
      }
      const actual = E.isRight(appended) ? appended.right.revision : actualOf(appended.left)
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

  const failed = (stream: StreamName, error: unknown): E.Either<RecordError, never> => {
    heads.delete(stream)
    return E.left({
      _tag: isStreamUnreadable(error) ? 'AppendRefused' : 'StoreUnavailable',
      reason: error instanceof Error ? error.message : String(error),
    })
  }

  return {
    record: (fact) => () =>
      deciding((itsTurn) =>
        turns.take(fact.stream, () => {
          itsTurn()
          return decide(fact).catch((error) => failed(fact.stream, error))
        }),
      ),
    settled: turns.settled,
  }
}
