import { setImmediate } from 'node:timers/promises'
import express, { type Request, type RequestHandler, type Response } from 'express'
import type { Clock } from '../../clock/clock.ts'
import type { ClockFault } from '../../clock/nodeClock.ts'
import { type Receiving, receiveDelivery } from '../../ingest/receiveDelivery.ts'
import { JOURNAL_BODY_BYTES } from '../../journal/entry.ts'
import type { Logger } from '../../log/log.ts'
import type { CountedOutcome } from '../../metrics/deliveryOutcomes.ts'
import type { Metrics } from '../../metrics/metrics.ts'
import type { Routes } from '../app.ts'
import { onlyMethods } from '../methods.ts'
import { unavailable } from '../problem.ts'
import { answerOutcome } from './answerOutcome.ts'
import { beginningOf, keepingBeginning } from './beginning.ts'
import { type DeliveryJournal, journaling } from './journaling.ts'
import { firstReceived, isSubmittedAgain, sameDelivery } from './resubmission.ts'
import { tellOutcome } from './tellOutcome.ts'
import { keepUnreadBody } from './unreadBody.ts'

const BODY_LIMIT_BYTES = 1024 * 1024

/** What the endpoint needs: `receiveDelivery` is given its `keep` for each delivery. */
interface WebhookEndpoint extends Omit<Receiving, 'keep' | 'letGo'> {
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
  isErased = () => false,
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

  const watch = keepingBeginning(JOURNAL_BODY_BYTES)
  const readBody = express.raw({ type: () => true, limit: BODY_LIMIT_BYTES })
  const keepUnread = keepUnreadBody(journal, now, count, log)

  const take = async (req: Request, res: Response): Promise<void> => {
    // Once all requests that have come are read: taken one by one as they come, a delivery costs a fifth more of the thread.
    await setImmediate()
    const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0)
    const earlier = sameDelivery(journal, req, body, beginningOf(res))
    const { keep, letGo, cameTo } = journaling(journal, log, earlier, isSubmittedAgain(req, earlier), now)
    const outcome = await receiveDelivery({ recorder, secrets, keep, letGo, isErased })({
      body,
      contentType: req.headers['content-type'] ?? null,
      receivedAt: firstReceived(earlier, now()),
      resubmitted: earlier !== null,
    })
    await cameTo(outcome)
    tellOutcome(outcome, metrics, log)
    answerOutcome(res, outcome)
  }

  return (app) => {
    app.post(PATH, refuseWhileWrong, watch, readBody, keepUnread, (req: Request, res: Response) =>
      take(req, res).catch((error: unknown) => {
        count('Failed')
        throw error
      }),
    )
    app.all(PATH, onlyMethods('POST'))
  }
}
