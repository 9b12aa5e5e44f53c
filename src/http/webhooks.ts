import { setImmediate } from 'node:timers/promises'
import express, { type Response } from 'express'
import type { Clock } from '../clock.ts'
import type { DeliveryOutcome } from '../ingest/receiveDelivery.ts'
import { type Receiving, receiveDelivery } from '../ingest/receiveDelivery.ts'
import { UNATTRIBUTED } from '../ingest/streams.ts'
import type { Logger } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Routes } from './app.ts'
import { answerJson } from './json.ts'
import { onlyMethods, problem, unavailable } from './problem.ts'

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

/** `POST /webhooks/treezor`: any content type, up to 1 MiB. */
export const webhookRoutes = (receiving: Receiving, now: Clock, log: Logger, metrics: Metrics): Routes => {
  const receive = receiveDelivery(receiving)
  return (app) => {
    app.post('/webhooks/treezor', express.raw({ type: () => true, limit: BODY_LIMIT_BYTES }), async (req, res) => {
      // Once all requests that have come are read: taken one by one as they come, a delivery costs a fifth more of the thread.
      await setImmediate()
      const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0)
      const contentType = req.headers['content-type'] ?? null
      const outcome = await receive({ body, contentType, receivedAt: now(), resubmitted: false })
      metrics.deliveries.inc({ outcome: outcome._tag })
      if (outcome._tag === 'NotStored') log.warn({ reason: outcome.reason }, 'a delivery could not be stored')
      if (outcome._tag === 'NotVerified') log.warn('a delivery was refused: its signature is missing or wrong')
      if (outcome._tag === 'Appended' && outcome.events.some(({ stream }) => stream === UNATTRIBUTED)) {
        metrics.unattributed.inc()
        const { revision } = outcome.events.find(({ stream }) => stream === UNATTRIBUTED) ?? {}
        log.warn({ stream: UNATTRIBUTED, revision }, 'a verified webhook names no user, or cannot be read yet')
      }
      answer(res, outcome)
    })
    app.all('/webhooks/treezor', onlyMethods('POST'))
  }
}
