import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { type Instant, parseRfc3339 } from '../../domain/instant.ts'
import type { ReceiptCorrection } from '../../domain/receiptCorrection.ts'
import type { EventStore, Position, RecordedEvent, Revision, StreamName } from '../eventStore/eventStore.ts'
import { KYC_LOG } from './logIdentity.ts'
import { readOwnEvent } from './ownEvent.ts'

export const CLOCK_CORRECTED = 'kyc-ledger.clock-corrected'

const Place = t.readonly(t.type({ stream: t.string, revision: t.number, eventId: t.string }))

/** What somebody has found out about a wrong clock. */
const ClockCorrected = t.readonly(
  t.type({
    /** First and last event whose receipts are wrong, by stream and revision: positions do not survive a copy. */
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

const positionAt = async (store: EventStore, stream: StreamName, revision: Revision): Promise<Position> => {
  const [event] = await Array.fromAsync(store.readStream(stream, { from: revision, limit: 1 }))
  if (event?.revision !== revision)
    throw new Error(`${stream}, revision ${revision}, which a clock record names, is gone`)
  return event.position
}

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
  const records = (await Array.fromAsync(store.readStream(KYC_LOG))).flatMap((event) => readClockCorrected(event) ?? [])
  const ranges: Range[] = []
  for (const { range } of records) {
    if (range === null) continue
    const [from, to] = [
      await positionAt(store, range.first.stream, range.first.revision),
      await positionAt(store, range.last.stream, range.last.revision),
    ]
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
