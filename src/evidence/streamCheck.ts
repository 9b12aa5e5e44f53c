import { correctedReceipt, type ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import type { Instant } from '../../domain/instant.ts'
import type { RecordedEvent, Revision, StreamName } from '../eventStore/recordedEvent.ts'
import type { Erased } from '../ledger/erased.ts'
import { isMissingEvent } from '../ledger/missingEvent.ts'
import { isOwnEvent } from '../ledger/ownEvent.ts'
import { recordedAtOf } from '../ledger/recordedAt.ts'
import { userOfStream } from '../ledger/streams.ts'

/** Where a stream has come to. */
interface Reached {
  readonly next: Revision
  /** When its last webhook was recorded, in metadata of which format; `null` where that binds nobody who appends. */
  readonly recorded: { readonly at: Instant; readonly format: number } | null
  /** Of the stream of a user: when the last was recorded that this service wrote itself. */
  readonly written: Instant | null
}

export interface StreamCheck {
  /** What is wrong with the place of the next event of the log, in words. */
  readonly look: (event: RecordedEvent) => readonly string[]
  /** How many events the stream has had, as its revisions tell; 0 of one that shows none, be it for all being erased. */
  readonly events: (stream: StreamName) => number
}

const BEGINNING: Reached = { next: 0, recorded: null, written: null }

const FORMAT = /"format":(\d+)/

const formatOf = ({ metadata }: RecordedEvent): number => Number(FORMAT.exec(metadata)?.[1] ?? 0)

const BEFORE = 'it says that it was recorded before the one before it in its stream'

/**
 * Looks at events in the order of the log, each against those before it in its stream. Holds some numbers for each stream.
 *
 * A webhook is never recorded before the last one of its stream, whatever the clock of the node says. Two may be: one that
 * came after receipts of a clock that is known to be wrong (`corrections`), and one by an older release that could not read the last.
 * What this service writes into the stream of a user is never recorded before anything there; a webhook by an older release, which cannot
 * read that, may be recorded before it. A stream goes on behind what is recorded as erased (`erased`).
 */
export const checkStreams = (corrections: readonly ReceiptCorrection[], erased: Erased): StreamCheck => {
  const streams = new Map<StreamName, Reached>()

  const webhook = (event: RecordedEvent, at: Instant, reached: Reached): readonly [Reached, boolean] => {
    const format = formatOf(event)
    const { recorded } = reached
    const isBelieved = correctedReceipt(event.position, corrections) === null
    const after = { ...reached, recorded: isBelieved ? { at, format } : null }
    return [after, recorded !== null && at < recorded.at && format >= recorded.format]
  }
  const own = ({ position }: RecordedEvent, at: Instant, reached: Reached): readonly [Reached, boolean] => {
    const { recorded, written } = reached
    const isBelieved = correctedReceipt(position, corrections) === null
    const after = { ...reached, written: isBelieved ? at : null }
    return [after, at < (recorded?.at ?? at) || at < (written ?? at)]
  }

  const look = (event: RecordedEvent): readonly string[] => {
    const { stream, revision } = event
    const reached = streams.get(stream) ?? BEGINNING
    const due = erased.nextIn(stream, reached.next)
    const wrong = revision === due ? [] : [`its stream should go on with revision ${due} here`]
    const at = recordedAtOf(event)
    const isOwn = isOwnEvent(event)
    // Elsewhere nodes write their own events each by its clock, and what a copy puts in the place of one says when it was copied.
    const isUnbound = at === null || (isOwn && (userOfStream(stream) === null || isMissingEvent(event)))
    const [after, isBefore] = isUnbound ? [reached, false] : (isOwn ? own : webhook)(event, at, reached)
    streams.set(stream, { ...after, next: revision + 1 })
    return isBefore ? [...wrong, BEFORE] : wrong
  }
  return { look, events: (stream) => streams.get(stream)?.next ?? 0 }
}
