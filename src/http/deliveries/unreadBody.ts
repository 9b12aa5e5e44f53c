import type { ErrorRequestHandler, Request, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { Clock } from '../../clock/clock.ts'
import type { Logger } from '../../log/log.ts'
import type { CountedOutcome } from '../../metrics/deliveryOutcomes.ts'
import { answerOutcome } from './answerOutcome.ts'
import { type Beginning, beginningOf } from './beginning.ts'
import { type DeliveryJournal, journaling } from './journaling.ts'
import { reasonOf, refusedBody } from './refusedBody.ts'
import { heldAsSent, isSubmittedAgain } from './resubmission.ts'

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
