import * as E from 'fp-ts/lib/Either.js'
import { type HeardEvent, type KycEvent, type ReadEvent, readUserEvent, type UserEvent } from '../event/kycEvent.ts'
import { comparePlaces } from '../event/order.ts'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../event/receiptCorrection.ts'
import type { StoredEvent, UnreadableEvent } from '../event/storedEvent.ts'
import type { UserId } from '../identifiers.ts'
import { formatMilliseconds, type Instant } from '../instant.ts'
import { adopt } from '../state/adoption.ts'
import type { Anomaly } from '../state/anomaly.ts'
import {
  documentsIn,
  type Reading,
  type ReadStored,
  readStored,
  readWebhook,
  withoutPayload,
} from '../state/reading.ts'
import { shownName } from '../treezor/family.ts'
import { ALTERED } from './anomalies.ts'
import { newAnomalies } from './newAnomalies.ts'
import { type ObservationView, ownView, type ReleaseView } from './observedViews.ts'
import { type Standing, standing, standingAfter } from './standing.ts'
import { Timeline } from './timeline.ts'

/** One event of the timeline, with what was believed just before and just after it was recorded here. */
export interface HistoryEntry {
  readonly eventId: string
  /** `null`, as the times are, for an event that cannot be read or was altered: nothing that it says is believed. */
  readonly name: string | null
  /** RFC 3339, UTC. */
  readonly occurredAt: string | null
  /** When the delivery was first received here, and when it was appended. */
  readonly receivedAt: string | null
  readonly recordedAt: string | null
  /** Nothing but its receipt tells when it occurred. */
  readonly weaklyDated: boolean
  /** A wrong clock wrote its receipt: an operator has established what it counts as. */
  readonly corrected: boolean
  /** It came to be known as the user's after an event that it precedes. */
  readonly late: boolean
  /** What the provider answered when it was asked; of an event that holds that. */
  readonly observation?: ObservationView
  /** What is released, or asked to be; of an event that says so. */
  readonly release?: ReleaseView
  readonly before: Standing
  readonly after: Standing
  /** What came to be odd with it, as known then; a late event may show another one in a new light. */
  readonly anomalies: readonly {
    readonly kind: Anomaly['kind'] | 'late-event'
    readonly eventId: string
    readonly detail: string
  }[]
}

/** An event in the order of arrival; `orphan` if it stands in the stream of the unattributed. */
export interface Arrival {
  readonly event: StoredEvent
  readonly orphan: boolean
}

/** The same, read back: of the user's own stream with what it says of him. */
export type ReadArrival =
  | { readonly orphan: false; readonly read: E.Either<UnreadableEvent, Reading> }
  | { readonly orphan: true; readonly read: E.Either<UnreadableEvent, ReadEvent> }

/** What `late-event` means, for a person. */
const LATE = 'it came to be known after an event that it precedes'

/** Why nothing is made of an event. */
const whyUnread = ({ _tag, eventId }: UnreadableEvent): HistoryEntry['anomalies'][number] =>
  _tag === 'AlteredEvent'
    ? { kind: 'event-altered', eventId, detail: ALTERED }
    : { kind: 'unreadable-event', eventId, detail: 'this version cannot read it' }

const time = (instant: Instant | undefined): string | null =>
  instant === undefined ? null : formatMilliseconds(instant)

/** What an event is called; a type of this service where it wrote the event itself. */
const nameOf = (event: UserEvent | undefined): string | null =>
  event?._tag === 'Own' ? event.says.type : shownName(event?.webhook.name ?? null)

/** What this service wrote itself was never delivered. */
const webhookOf = (event: UserEvent | undefined): HeardEvent | undefined =>
  event?._tag === 'Webhook' ? event : undefined

/** Why nothing is made of it; else what it is. */
const eventOf = ({ orphan, read }: ReadArrival): [UnreadableEvent, undefined] | [null, UserEvent] => {
  if (E.isLeft(read)) return [read.left, undefined]
  return [null, orphan ? read.right : read.right.event]
}

/**
 * The timeline of a user, in the order in which his events were recorded here: what each of them changed, as known then.
 * A long one yields `null` now and then: a chance to let others have their turn, or to stop.
 */
export function* historyOfRead(userId: UserId, arrivals: Iterable<ReadArrival>): Generator<HistoryEntry | null> {
  const timeline = new Timeline(userId)
  const owned = new Set<string>()
  const own: HeardEvent[] = []
  const orphans: KycEvent[] = []

  /** What orphans say of the user, as far as it is known; those that may come to say something else wait for it. */
  const adopted = (events: readonly KycEvent[]): readonly Reading[] =>
    events.map((event) => {
      const reading = adopt(event, userId, owned, own)
      const { statements: named, orphans: ofNobody } = event.interpretation
      if (named.length > 0 || reading.statements.length < ofNobody.length) orphans.push(event)
      return reading
    })
  /** Notes what is his by it. Gives whether orphans may say something else to him with that. */
  const changes = (reading: Reading, { payloadHash }: HeardEvent): boolean => {
    const known = owned.size
    for (const documentId of documentsIn(reading)) owned.add(documentId)
    return owned.size > known || orphans.some((orphan) => orphan.payloadHash === payloadHash)
  }
  const readingsWith = (reading: Reading): readonly Reading[] => {
    if (reading._tag === 'OwnReading') return [reading]
    own.push(reading.event)
    return changes(reading, reading.event) ? [reading, ...adopted(orphans.splice(0))] : [reading]
  }
  const readingsWithOrphan = (event: ReadEvent): readonly Reading[] => {
    if (event._tag === 'Own') return []
    const isChange = changes(readWebhook(event, userId), event)
    return [...adopted([event]), ...(isChange ? adopted(orphans.splice(0)) : [])]
  }
  /** What becomes known of the user with an arrival. */
  const knownWith = (arrival: ReadArrival): readonly Reading[] => {
    if (E.isLeft(arrival.read)) return []
    return arrival.orphan ? readingsWithOrphan(arrival.read.right) : readingsWith(arrival.read.right)
  }

  let stands = standing(timeline.state)
  for (const arrival of arrivals) {
    const before = timeline.state
    const stood = stands
    const [unread, event] = eventOf(arrival)
    const { eventId, revision } = unread ?? event
    timeline.arrived(arrival.orphan ? null : revision)
    if (unread !== null) timeline.addUnreadable(unread)
    const news: Reading[] = []
    for (const reading of knownWith(arrival)) if (yield* timeline.add(reading)) news.push(reading)
    const late = news.filter(({ place }) => before.last !== null && comparePlaces(place, before.last) < 0)

    const after = timeline.state
    stands = standingAfter(before, stood, after)
    yield {
      eventId,
      name: nameOf(event),
      occurredAt: time(event?.occurredAt),
      receivedAt: time(webhookOf(event)?.receivedAt),
      recordedAt: time(event?.recordedAt),
      weaklyDated: webhookOf(event)?.weaklyDated ?? false,
      corrected: event?.corrected ?? false,
      late: late.some(({ event: of }) => of.eventId === eventId),
      ...(event?._tag === 'Own' ? ownView(event) : {}),
      before: stood,
      after: stands,
      anomalies: [
        ...late.map(({ event: of }) => ({ kind: 'late-event' as const, eventId: of.eventId, detail: LATE })),
        ...newAnomalies(before, after, timeline.odd).map(({ kind, eventId: of, detail }) => ({
          kind,
          eventId: of,
          detail,
        })),
        ...(unread === null ? [] : [whyUnread(unread)]),
      ],
    }
  }
}

/** The same of events as they are stored. `readOwn` reads those of his own stream back, by whoever has read them before. */
export const history = (
  userId: UserId,
  arrivals: Iterable<Arrival>,
  corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS,
  readOwn: ReadStored = readStored(corrections),
): Generator<HistoryEntry | null> => historyOfRead(userId, readArrivals(userId, arrivals, corrections, readOwn))

function* readArrivals(
  userId: UserId,
  arrivals: Iterable<Arrival>,
  corrections: readonly ReceiptCorrection[],
  readOwn: ReadStored,
): Generator<ReadArrival> {
  for (const { event, orphan } of arrivals) {
    yield orphan
      ? { orphan, read: readUserEvent(event, corrections) }
      : { orphan, read: E.map(withoutPayload)(readOwn(event, userId)) }
  }
}
