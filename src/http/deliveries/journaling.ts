import * as E from 'fp-ts/lib/Either.js'
import type { Clock } from '../../clock/clock.ts'
import type { DeliveryOutcome } from '../../ingest/delivery.ts'
import type { AsSent, DoneAs, JournalEntry, JournalReason } from '../../journal/entry.ts'
import type { Earlier, Journal } from '../../journal/journal.ts'
import type { Tell } from '../../log/boundedLines.ts'

const TOLD: Readonly<Record<JournalReason, string>> = {
  'not-json': 'a delivery was refused: it is not JSON',
  'not-a-webhook': 'a delivery was refused: it is no webhook',
  'no-payload': 'a delivery holds no object_payload: a subscription may wait for its confirmation',
  signature: 'a delivery was refused: its signature is missing or wrong',
  'echo-limit': 'a delivery was not appended: its payload was echoed too often',
  'store-refused': 'a delivery was refused: the event store does not take it',
  'too-large': 'a delivery was refused: its body is too large',
  encoding: 'a delivery was refused: its body cannot be unpacked',
}

/** What needs no one's attention any more, once it has come to this. */
const doneAs = ({ _tag }: DeliveryOutcome): DoneAs | null =>
  _tag === 'Appended' ? 'appended' : _tag === 'Duplicate' ? 'duplicate' : _tag === 'Ignored' ? 'ignored' : null

/** One delivery on its way past the journal. */
interface Journaling {
  /** Keeps it, and says so in one line of the log with its id in the journal. */
  readonly keep: (entry: JournalEntry, sent?: AsSent) => Promise<E.Either<string, void>>
  /** It names somebody who was erased: what the journal holds of it from before goes. */
  readonly letGo: () => Promise<void>
  /** Marks the row from which it was submitted again, or with which the provider has sent it again: it is done. */
  readonly cameTo: (outcome: DeliveryOutcome) => Promise<void>
}

/** What a delivery has to do with the journal. */
export type DeliveryJournal = Pick<Journal, 'keep' | 'find' | 'stillKept' | 'done' | 'letGo'>

/** `earlier` is the row of the journal that holds the delivery from before, `submittedAgain` whether it comes from there. */
export const journaling = (
  journal: DeliveryJournal,
  warn: Tell,
  earlier: Earlier | null,
  submittedAgain: boolean,
  now: Clock,
): Journaling => {
  let isKept = false
  return {
    keep: async (entry, sent) => {
      isKept = true
      const { reason } = entry
      const kept =
        earlier !== null && submittedAgain
          ? await journal.stillKept(earlier.id, reason)
          : await journal.keep({ ...entry, receivedAt: now() }, sent)
      if (E.isLeft(kept)) return kept
      const { id, times } = kept.right
      warn({ journalId: id, reason, times, size: sent?.size ?? entry.body.byteLength }, TOLD[reason])
      return E.right(undefined)
    },
    letGo: async () => {
      if (earlier !== null) await journal.letGo(earlier.id)
    },
    cameTo: async (outcome) => {
      const as = doneAs(outcome)
      if (earlier !== null && !earlier.done && !isKept && as !== null) await journal.done(earlier.id, as, now())
    },
  }
}
