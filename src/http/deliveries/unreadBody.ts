import type { Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { JournalReason } from '../../journal/entry.ts'
import type { Tell } from '../../log/boundedLines.ts'
import type { CountedOutcome } from '../../metrics/deliveryOutcomes.ts'
import type { Senders } from '../gate/doubts.ts'
import { refuseBody } from '../gate/refuseUnread.ts'
import { problem } from '../problem.ts'
import { answerRefused, overBudget } from './answerOutcome.ts'
import { journaling } from './journaling.ts'
import { isSubmittedAgain } from './resubmission.ts'
import type { Taking } from './taking.ts'
import { isKnownPacking } from './unpacked.ts'

/** What has come of a body of which nothing can be made: `bytes` as they were sent, `size` what was announced or has come. */
export interface Unread {
  readonly reason: JournalReason & ('too-large' | 'encoding')
  readonly bytes: Buffer
  readonly size: number
}

const answerUnread = (res: Response, reason: Unread['reason']): void => {
  if (reason === 'too-large') {
    return refuseBody(res, 'body-too-large', 'the body is larger than it may be')
  }
  return isKnownPacking(res.req.headers['content-encoding'] ?? null)
    ? problem(res, 'unreadable-request', 'the body cannot be unpacked')
    : problem(res, 'unsupported-encoding', 'the content encoding is not supported')
}

/** Keeps what has come of a body that cannot be read, and tells the sender. */
export const keepUnread = async (
  {
    journal,
    now,
    warn,
    metrics,
    doubtsOf,
  }: Pick<Taking, 'journal' | 'now' | 'metrics'> & Senders & { readonly warn: Tell },
  res: Response,
  { reason, bytes, size }: Unread,
): Promise<void> => {
  const { req } = res
  const count = (outcome: CountedOutcome): void => metrics.deliveries.inc({ outcome })
  const { source, spend } = doubtsOf(req)
  const retryAfterSeconds = await spend(bytes.byteLength)
  if (retryAfterSeconds !== null) {
    count('OverBudget')
    return overBudget(res, retryAfterSeconds)
  }
  const earlier = bytes.byteLength === size ? journal.find(bytes) : null
  const entry = { receivedAt: now(), reason, contentType: req.headers['content-type'] ?? null, body: bytes, source }
  const sent = { size, contentEncoding: req.headers['content-encoding'] ?? null }
  const kept = await journaling(journal, warn, earlier, isSubmittedAgain(req, earlier), now).keep(entry, sent)
  if (E.isRight(kept)) {
    count(reason === 'too-large' ? 'TooLarge' : 'NotDecodable')
    return answerUnread(res, reason)
  }
  count('NotStored')
  warn({ reason: kept.left }, 'a delivery could not be stored')
  answerRefused(res, { _tag: 'NotStored', reason: kept.left })
}
