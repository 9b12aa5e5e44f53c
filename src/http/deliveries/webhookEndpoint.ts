import { setImmediate } from 'node:timers/promises'
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { Instant } from '../../../domain/instant.ts'
import type { Clock } from '../../clock/clock.ts'
import type { ClockFault } from '../../clock/nodeClock.ts'
import type { DeliveryOutcome } from '../../ingest/delivery.ts'
import { type Receiving, receiveDelivery } from '../../ingest/receiveDelivery.ts'
import { JOURNAL_BODY_BYTES } from '../../journal/entry.ts'
import type { Earlier } from '../../journal/journal.ts'
import { UNATTRIBUTED } from '../../ledger/streams.ts'
import type { Logger } from '../../log/log.ts'
import type { CountedOutcome } from '../../metrics/deliveryOutcomes.ts'
import type { Metrics } from '../../metrics/metrics.ts'
import { answerJson } from '../answerJson.ts'
import type { Routes } from '../app.ts'
import { onlyMethods } from '../methods.ts'
import { problem, unavailable } from '../problem.ts'
import { type Beginning, watchBeginning } from './beginning.ts'
import { type DeliveryJournal, JOURNAL_ID_HEADER, journaling } from './journaling.ts'
import { reasonOf, refusedBody } from './refusedBody.ts'

const BODY_LIMIT_BYTES = 1024 * 1024

const taken = (res: Response, outcome: object): void => answerJson(res, JSON.stringify(outcome))

const answer = (res: Response, outcome: DeliveryOutcome): void => {
  switch (outcome._tag) {
    case 'Appended':
      return taken(res, { outcome: 'appended', events: outcome.events })
    case 'Duplicate':
      return taken(res, { outcome: 'duplicate', events: outcome.events })
    case 'Ignored':
      return taken(res, { outcome: 'ignored' })
    case 'Noted':
      return taken(res, { outcome: 'noted' })
    case 'NotAWebhook':
      return problem(res, 'not-a-webhook', outcome.detail)
    case 'NotVerified':
      // Not 401: the provider sends again after a 5xx only, and the fault may be a secret of ours.
      return problem(res, 'not-verified', 'the signature of object_payload is missing or wrong')
    case 'NotStored':
      return unavailable(res, 'not-stored', 'the delivery could not be stored; send it again')
    default:
      return outcome satisfies never
  }
}

/** What the endpoint needs: `receiveDelivery` is given its `keep` for each delivery. */
export interface WebhookEndpoint extends Omit<Receiving, 'keep'> {
  readonly journal: DeliveryJournal
  readonly now: Clock
  /** What is wrong with the clock, by which nothing may be received then. */
  readonly clockFault: () => ClockFault | null
  readonly log: Logger
  readonly metrics: Metrics
}

const PATH = '/webhooks/treezor'
const CLOCK_RETRY_SECONDS = 60

/** `POST /webhooks/treezor`: any content type, up to 1 MiB. */
export const webhookRoutes = ({
  recorder,
  secrets,
  journal,
  now,
  clockFault,
  log,
  metrics,
}: WebhookEndpoint): Routes => {
  const count = (outcome: CountedOutcome): void => metrics.deliveries.inc({ outcome })

  /** A receipt of a wrong clock would stay in the log for ever; the sender comes again. */
  const refuseWhileWrong: RequestHandler = (_req, res, next) => {
    const fault = clockFault()
    if (fault === null) return next()
    count('ClockWrong')
    unavailable(res, 'clock-wrong', 'the clock of this node is wrong; send it again', CLOCK_RETRY_SECONDS)
  }

  const watch: RequestHandler = (req, res: Response, next) => {
    res.locals['beginning'] = watchBeginning(req, JOURNAL_BODY_BYTES)
    next()
  }
  const readBody = express.raw({ type: () => true, limit: BODY_LIMIT_BYTES })

  const heldAsSent = ({ size, bytes }: Beginning): Earlier | null =>
    size() > JOURNAL_BODY_BYTES ? null : journal.find(bytes())
  /** What the journal holds of it, as it was read or as it was sent: an earlier release may not have been able to unpack it. */
  const heldFromBefore = (req: Request, body: Buffer, beginning: Beginning): Earlier | null =>
    journal.find(body) ?? (req.headers['content-encoding'] === undefined ? null : heldAsSent(beginning))

  /** A body that cannot be read never comes to the handler: its beginning is kept, and the sender told. */
  const keepBeginning: ErrorRequestHandler = async (error: unknown, req, res: Response, next) => {
    const refused = refusedBody(error)
    if (refused === null || refused === 'BrokenOff') {
      count(refused ?? 'Failed')
      return next(error)
    }
    const beginning = beginningOf(res)
    await beginning.come()
    const bytes = beginning.bytes()
    const earlier = heldAsSent(beginning)
    const entry = { receivedAt: now(), reason: reasonOf(refused), contentType: contentTypeOf(req), body: bytes }
    const sent = { size: sizeOf(req, beginning), contentEncoding: req.headers['content-encoding'] ?? null }
    const kept = await journaling(journal, log, earlier, isSubmittedAgain(req, earlier), now).keep(entry, sent)
    count(E.isRight(kept) ? refused : 'NotStored')
    if (E.isRight(kept)) return next(error)
    log.warn({ reason: kept.left }, 'a delivery could not be stored')
    answer(res, { _tag: 'NotStored', reason: kept.left })
  }

  const take = async (req: Request, res: Response): Promise<void> => {
    // Once all requests that have come are read: taken one by one as they come, a delivery costs a fifth more of the thread.
    await setImmediate()
    const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0)
    const earlier = sameDelivery(req, heldFromBefore(req, body, beginningOf(res)))
    const { keep, cameTo } = journaling(journal, log, earlier, isSubmittedAgain(req, earlier), now)
    const outcome = await receiveDelivery({ recorder, secrets, keep })({
      body,
      contentType: contentTypeOf(req),
      receivedAt: firstReceived(earlier, now()),
      resubmitted: earlier !== null,
    })
    await cameTo(outcome)
    count(outcome._tag)
    if (outcome._tag === 'NotStored') log.warn({ reason: outcome.reason }, 'a delivery could not be stored')
    if (outcome._tag === 'Appended' && outcome.events.some(({ stream }) => stream === UNATTRIBUTED)) {
      metrics.unattributed.inc()
      const { revision } = outcome.events.find(({ stream }) => stream === UNATTRIBUTED) ?? {}
      log.warn({ stream: UNATTRIBUTED, revision }, 'a verified webhook names no user, or cannot be read yet')
    }
    for (const { eventId, position } of outcome._tag === 'Appended' ? outcome.unread : []) {
      metrics.unread.inc()
      log.warn({ eventId, position }, 'a verified webhook names a user and cannot be read by this version')
    }
    answer(res, outcome)
  }

  return (app) => {
    app.post(PATH, refuseWhileWrong, watch, readBody, keepBeginning, (req: Request, res: Response) =>
      take(req, res).catch((error: unknown) => {
        count('Failed')
        throw error
      }),
    )
    app.all(PATH, onlyMethods('POST'))
  }
}

const contentTypeOf = (req: Request): string | null => req.headers['content-type'] ?? null

const beginningOf = (res: Response): Beginning => res.locals['beginning'] as Beginning

/** Only of what is submitted with the very body that the journal holds. */
const isSubmittedAgain = (req: Request, earlier: Earlier | null): boolean =>
  earlier !== null && req.get(JOURNAL_ID_HEADER) === String(earlier.id)

/** What was done with is an event by now. The very same body that is sent anew is another delivery: a second refusal, say. */
const sameDelivery = (req: Request, earlier: Earlier | null): Earlier | null =>
  earlier?.done && !isSubmittedAgain(req, earlier) ? null : earlier

/** Nothing was received later than now, whatever the clock said then. */
const firstReceived = (earlier: Earlier | null, time: Instant): Instant =>
  earlier !== null && earlier.receivedAt < time ? earlier.receivedAt : time

/** What was announced, or what has come. */
const sizeOf = (req: Request, beginning: Beginning): number =>
  Math.max(beginning.size(), Number(req.headers['content-length'] ?? 0) || 0)
