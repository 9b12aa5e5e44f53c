import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import { type Instant, parseRfc3339 } from '../../domain/instant.ts'
import {
  type EventStore,
  isStreamUnreadable,
  type Position,
  type RecordedEvent,
  type StreamName,
} from '../eventStore/eventStore.ts'
import { identityIn, KYC_LOG } from './logIdentity.ts'
import { readOwnEvent } from './ownEvent.ts'

export const CLOCK_CORRECTED = 'kyc-ledger.clock-corrected'

const Place = t.readonly(t.type({ stream: t.string, revision: t.number, eventId: t.string, position: t.string }))
type Place = t.TypeOf<typeof Place>

/** What somebody has found out about a wrong clock. */
const ClockCorrected = t.readonly(
  t.type({
    /**
     * First and last event whose receipts are wrong, by stream and revision: positions do not survive a copy. They count in the
     * generation in which they were recorded, where a stream shows its event no more.
     */
    generation: t.number,
    range: t.union([t.readonly(t.type({ first: Place, last: Place })), t.null]),
    /** The leaps that this settles. */
    leaps: t.readonlyArray(t.string),
    author: t.string,
    reason: t.string,
  }),
)
export type ClockCorrected = t.TypeOf<typeof ClockCorrected>

/** All that is known of wrong clocks. */
export interface ClockRecords {
  readonly corrections: readonly ReceiptCorrection[]
  readonly settledLeaps: readonly string[]
}

/** What an event of the log says of a wrong clock; `null` where it is about something else. */
export const readClockCorrected = (event: RecordedEvent): ClockCorrected | null => {
  if (event.stream !== KYC_LOG || event.type !== CLOCK_CORRECTED) return null
  const said = ClockCorrected.decode(readOwnEvent(event)?.data)
  if (E.isLeft(said)) throw new Error(`${KYC_LOG}, revision ${event.revision}, is of a newer release: start that one`)
  return said.right
}

const RECORDED_AT = /"recordedAt":"([^"]+)"/

/** When an event was recorded; `null` where it does not say. */
export const recordedAtOf = ({ metadata }: Pick<RecordedEvent, 'metadata'>): Instant | null => {
  const text = RECORDED_AT.exec(metadata)?.[1]
  return text === undefined ? null : parseRfc3339(text)
}

const shownIn = async (store: EventStore, { stream, revision }: Place): Promise<Position | null> => {
  try {
    const [event] = await Array.fromAsync(store.readStream(stream, { from: revision, limit: 1 }))
    return event?.revision === revision ? event.position : null
  } catch (error) {
    if (isStreamUnreadable(error)) return null
    throw error
  }
}

/** The log still holds what was deleted, until that is scavenged. */
const heldAs = async (store: EventStore, { eventId, stream }: Place): Promise<Position | null> => {
  for await (const events of store.readAll()) {
    const held = events.find((event) => event.eventId === eventId && event.stream === stream)
    if (held !== undefined) return held.position
  }
  return null
}

/** Where the event stands in this store; `null` where it is gone, and nothing tells where it stood. */
const positionOf = async (store: EventStore, place: Place, isOfStore: boolean): Promise<Position | null> =>
  (await shownIn(store, place)) ?? (isOfStore ? place.position : heldAs(store, place))

interface Range {
  readonly from: Position
  readonly to: Position
}

const isWithin = (position: Position, ranges: readonly Range[]): boolean =>
  ranges.some(({ from, to }) => position >= from && position <= to)

/** When the first event after a range was recorded that lies in none. The record of the correction is one at the latest. */
const nextOutside = async (store: EventStore, { to }: Range, ranges: readonly Range[]): Promise<Instant> => {
  for await (const events of store.readAll(to)) {
    for (const event of events) {
      const recordedAt = recordedAtOf(event)
      if (recordedAt !== null && !isWithin(event.position, ranges)) return recordedAt
    }
  }
  throw new Error('no event after a range of wrong receipts says when it was recorded')
}

/** Reads what is known of wrong clocks, with the places that the events have in this store. */
export const readClockRecords = async (store: EventStore): Promise<ClockRecords> => {
  const ownLog = await Array.fromAsync(store.readStream(KYC_LOG))
  const records = ownLog.flatMap((event) => {
    const said = readClockCorrected(event)
    return said === null ? [] : [{ ...said, position: event.position }]
  })
  const ranges: Range[] = []
  for (const { range, generation, position } of records) {
    if (range === null) continue
    const isOfStore = generation === identityIn(ownLog)?.generation
    // Of an end that is gone without a trace nothing is known but that it stood before the record.
    const from = (await positionOf(store, range.first, isOfStore)) ?? ('' as Position)
    const to = (await positionOf(store, range.last, isOfStore)) ?? position
    ranges.push({ from, to })
  }
  const corrections: ReceiptCorrection[] = []
  for (const range of ranges) corrections.push({ ...range, countsAs: await nextOutside(store, range, ranges) })
  return { corrections, settledLeaps: records.flatMap(({ leaps }) => leaps) }
}

/** The streams with events in any of the ranges. */
export const streamsWithin = async (
  store: EventStore,
  ranges: readonly Range[],
): Promise<ReadonlyMap<StreamName, readonly RecordedEvent[]>> => {
  const last =
    ranges
      .map(({ to }) => to)
      .sort()
      .at(-1) ?? ''
  if (ranges.length === 0) return new Map()
  const found: RecordedEvent[] = []
  for await (const events of store.readAll()) {
    found.push(...events.filter(({ position }) => isWithin(position, ranges)))
    if ((events.at(-1)?.position ?? '') >= last) break
  }
  return Map.groupBy(found, ({ stream }) => stream)
}
