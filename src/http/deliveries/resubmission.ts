import type { IncomingMessage } from 'node:http'
import type { Instant } from '../../../domain/instant.ts'
import type { Earlier, Journal } from '../../journal/journal.ts'

/** Sent with a delivery that is submitted again: the row of the journal that holds it. */
export const JOURNAL_ID_HEADER = 'Kyc-Journal-Id'

/** What the journal holds of a delivery from before, as it was read or as it was sent: an earlier release may not have been able to unpack it. */
const heldFromBefore = (journal: Pick<Journal, 'find'>, body: Buffer, sent: Buffer): Earlier | null =>
  journal.find(body) ?? (body === sent ? null : journal.find(sent))

/** Only of what is submitted with the very body that the journal holds. */
export const isSubmittedAgain = (req: IncomingMessage, earlier: Earlier | null): boolean =>
  earlier !== null && req.headers[JOURNAL_ID_HEADER.toLowerCase()] === String(earlier.id)

/**
 * The delivery that comes again with this request. What was done with is an event by now: the very same body that is sent
 * anew is another delivery, a second refusal, say.
 */
export const sameDelivery = (
  journal: Pick<Journal, 'find'>,
  req: IncomingMessage,
  body: Buffer,
  sent: Buffer,
): Earlier | null => {
  const earlier = heldFromBefore(journal, body, sent)
  return earlier?.done && !isSubmittedAgain(req, earlier) ? null : earlier
}

/** Nothing was received later than now, whatever the clock said then. */
export const firstReceived = (earlier: Earlier | null, time: Instant): Instant =>
  earlier !== null && earlier.receivedAt < time ? earlier.receivedAt : time
