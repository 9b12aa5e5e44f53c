import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import { readOwnEvent } from './ownEvent.ts'
import { Place } from './place.ts'
import { KYC_LOG } from './streams.ts'

export const CLOCK_CORRECTED = 'kyc-ledger.clock-corrected'

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

/** What an event of the log says of a wrong clock; `null` where it is about something else. */
export const readClockCorrected = (event: RecordedEvent): ClockCorrected | null => {
  if (event.stream !== KYC_LOG || event.type !== CLOCK_CORRECTED) return null
  const said = ClockCorrected.decode(readOwnEvent(event)?.data)
  if (E.isLeft(said)) throw new Error(`${KYC_LOG}, revision ${event.revision}, is of a newer release: start that one`)
  return said.right
}
