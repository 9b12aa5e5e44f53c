import type { ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import type { Instant } from '../../domain/instant.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Position, RecordedEvent, StreamName } from '../eventStore/recordedEvent.ts'
import { besideErased } from './besideErased.ts'
import { readClockCorrected } from './clockCorrected.ts'
import { identityIn } from './logIdentity.ts'
import { positionOf } from './place.ts'
import { recordedAtOf } from './recordedAt.ts'
import { KYC_LOG } from './streams.ts'

/** All that is known of wrong clocks. */
export interface ClockRecords {
  readonly corrections: readonly ReceiptCorrection[]
  readonly settledLeaps: readonly string[]
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
  const ownLog = await Array.fromAsync(store.readStream(KYC_LOG))
  const records = ownLog.flatMap((event) => {
    const said = readClockCorrected(event)
    return said === null ? [] : [{ ...said, position: event.position }]
  })
  const ranges: Range[] = []
  for (const { range, generation, position } of records) {
    if (range === null) continue
    const isOfStore = generation === identityIn(ownLog)?.generation
    const first = await positionOf(store, range.first, isOfStore)
    const last = await positionOf(store, range.last, isOfStore)
    // Of an end that is gone without a trace nothing is known but that it stood before the record.
    const from = first ?? (await besideErased(store, range.first))?.after ?? ('' as Position)
    const to = last ?? (await besideErased(store, range.last))?.before ?? position
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
