import { correctedReceipt, type ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import type { Instant } from '../../domain/instant.ts'
import type { RecordedEvent, Revision, StreamName } from '../eventStore/recordedEvent.ts'
import type { Erased } from '../ledger/erased.ts'
import { isOwnEvent } from '../ledger/ownEvent.ts'
import { recordedAtOf } from '../ledger/recordedAt.ts'

/** Where a stream has come to. */
interface Reached {
  readonly next: Revision
  /** When its last webhook was recorded, in metadata of which format; `null` where that binds nobody who appends. */
  readonly recorded: { readonly at: Instant; readonly format: number } | null
}

export interface StreamCheck {
  /** What is wrong with the place of the next event of the log, in words. */
  readonly look: (event: RecordedEvent) => readonly string[]
  /** How many events the stream has had, as its revisions tell; 0 of one that shows none, be it for all being erased. */
  readonly events: (stream: StreamName) => number
}

const BEGINNING: Reached = { next: 0, recorded: null }

const FORMAT = /"format":(\d+)/

const formatOf = ({ metadata }: RecordedEvent): number => Number(FORMAT.exec(metadata)?.[1] ?? 0)

/**
 * Looks at events in the order of the log, each against those before it in its stream. Holds some numbers for each stream.
 *
 * A webhook is never recorded before the last one of its stream, whatever the clock of the node says. Two may be: one that
 * came after receipts of a clock that is known to be wrong (`corrections`), and one by an older release that could not read the last.
 * A stream goes on behind what is recorded as erased (`erased`).
 */
export const checkStreams = (corrections: readonly ReceiptCorrection[], erased: Erased): StreamCheck => {
  const streams = new Map<StreamName, Reached>()

  const look = (event: RecordedEvent): readonly string[] => {
    const { stream, revision, position } = event
    const { next, recorded } = streams.get(stream) ?? BEGINNING
    const due = erased.nextIn(stream, next)
    const wrong = revision === due ? [] : [`its stream should go on with revision ${due} here`]
    // Nodes write their own events each by its clock.
    const at = isOwnEvent(event) ? null : recordedAtOf(event)
    if (at === null) {
      streams.set(stream, { next: revision + 1, recorded })
      return wrong
    }
    const format = formatOf(event)
    if (recorded !== null && at < recorded.at && format >= recorded.format) {
      wrong.push('it says that it was recorded before the one before it in its stream')
    }
    const isBelieved = correctedReceipt(position, corrections) === null
    streams.set(stream, { next: revision + 1, recorded: isBelieved ? { at, format } : null })
    return wrong
  }
  return { look, events: (stream) => streams.get(stream)?.next ?? 0 }
}
