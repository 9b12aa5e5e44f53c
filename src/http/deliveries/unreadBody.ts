import type { ErrorRequestHandler, Request, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { Clock } from '../../clock/clock.ts'
import type { JournalReason } from '../../journal/entry.ts'
import type { Logger } from '../../log/log.ts'
import type { CountedOutcome, RefusedBody } from '../../metrics/deliveryOutcomes.ts'
import { answerOutcome } from './answerOutcome.ts'
import { type Beginning, beginningOf } from './beginning.ts'
import { type DeliveryJournal, journaling } from './journaling.ts'
import { heldAsSent, isSubmittedAgain } from './resubmission.ts'

/**
 * What an error of the body parser means (https://expressjs.com/en/resources/middleware/body-parser.html#errors); `null`: a
 * fault of ours.
 */
const refusedBody = (error: unknown): RefusedBody | null => {
  const { status, type } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  if (type === 'entity.too.large') return 'TooLarge'
  if (type === 'request.aborted' || type === 'request.size.invalid') return 'BrokenOff'
  // 415: a packing that is not known; 400 without a type: what zlib says of one that is.
  return status === 415 || (status === 400 && type === undefined) ? 'NotDecodable' : null
}

const reasonOf = (refused: Exclude<RefusedBody, 'BrokenOff'>): JournalReason =>
  refused === 'TooLarge' ? 'too-large' : 'encoding'

/** What was announced, or what has come. */
const sizeOf = (req: Request, beginning: Beginning): number =>
  Math.max(beginning.size(), Number(req.headers['content-length'] ?? 0) || 0)

/** A body that cannot be read never comes to the handler: its beginning is kept, and the sender told. */
export const keepUnreadBody =
  (journal: DeliveryJournal, now: Clock, count: (outcome: CountedOutcome) => void, log: Logger): ErrorRequestHandler =>
  async (error: unknown, req, res: Response, next) => {
    const refused = refusedBody(error)
    if (refused === null || refused === 'BrokenOff') {
      count(refused ?? 'Failed')
      return next(error)
    }
    const beginning = beginningOf(res)
    await beginning.come()
    const bytes = beginning.bytes()
    const earlier = heldAsSent(journal, beginning)
    const contentType = req.headers['content-type'] ?? null
    const entry = { receivedAt: now(), reason: reasonOf(refused), contentType, body: bytes }
    const sent = { size: sizeOf(req, beginning), contentEncoding: req.headers['content-encoding'] ?? null }
    const kept = await journaling(journal, log, earlier, isSubmittedAgain(req, earlier), now).keep(entry, sent)
    count(E.isRight(kept) ? refused : 'NotStored')
    if (E.isRight(kept)) return next(error)
    log.warn({ reason: kept.left }, 'a delivery could not be stored')
    answerOutcome(res, { _tag: 'NotStored', reason: kept.left })
  }
