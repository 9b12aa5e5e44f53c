import * as E from 'fp-ts/lib/Either.js'
import type { Leap } from '../clock/leaps.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Position, RecordedEvent } from '../eventStore/recordedEvent.ts'
import type { ClockCorrected } from './clockCorrected.ts'
import type { Evidence } from './clockEvidence.ts'
import type { Place } from './place.ts'

/** Which receipts somebody means when he accepts that a clock was wrong. */
export interface Meant {
  /** `null` where he means what is shown. */
  readonly from: Position | null
  readonly to: Position | null
  /** The clock leapt, and nothing was received wrongly. */
  readonly none: boolean
}

type Ends = ClockCorrected['range']

const placeOf = ({ stream, revision, eventId, position }: RecordedEvent): Place => ({
  stream,
  revision,
  eventId,
  position,
})

/** First and last event of those that `isMeant` is true of. */
const endsOf = async (store: EventStore, isMeant: (position: Position) => boolean): Promise<Ends> => {
  let first: RecordedEvent | null = null
  let last: RecordedEvent | null = null
  for await (const events of store.readAll()) {
    for (const event of events) {
      if (!isMeant(event.position)) continue
      first ??= event
      last = event
    }
  }
  return first === null || last === null ? null : { first: placeOf(first), last: placeOf(last) }
}

/** First and last event whose receipts are wrong, `null` where none is; otherwise the reason why they cannot be told. */
export const wrongReceipts = async (
  store: EventStore,
  { from, to, none }: Meant,
  leaps: readonly Leap[],
  evidence: readonly Evidence[],
): Promise<E.Either<string, Ends>> => {
  if (none && evidence.some(({ why }) => why === 'recorded later than now')) {
    return E.left(
      "events were recorded later than now: set this machine's clock, or accept that their receipts are wrong",
    )
  }
  if (none) return E.right(null)
  if (from !== null && to !== null) {
    // A position that is none of this log, being shorter than all of it or longer, stands before or after everything.
    const isMeant = (position: Position): boolean =>
      [from, to].every(({ length }) => length === position.length) && position >= from && position <= to
    const ends = await endsOf(store, isMeant)
    return ends === null
      ? E.left('no event stands from --from to --to; give positions as they are shown')
      : E.right(ends)
  }
  // What a leap leaves open the log may show; without either somebody has to say which receipts are meant.
  const since = leaps.map((leap) => leap.since ?? '').sort()[0]
  const until = leaps
    .map((leap) => leap.until ?? '')
    .sort()
    .at(-1)
  if (since !== undefined && until !== undefined) {
    return E.right(await endsOf(store, (position) => position > since && position <= until))
  }
  const [shown, ...others] = evidence
  if (shown === undefined) return E.left('nothing is wrong that could be accepted; give --from and --to')
  if (others.length > 0) return E.left('more than one run looks wrong: give --from and --to, once for each')
  return E.right({ first: placeOf(shown.first), last: placeOf(shown.last) })
}
