import type { ServerResponse } from 'node:http'
import type { Response } from 'express'
import type { DeliveryOutcome } from '../../ingest/delivery.ts'
import { answerJson } from '../answerJson.ts'
import type { AsExpress } from '../direct.ts'
import { refuseBody } from '../gate/refuseUnread.ts'
import { problem } from '../problem.ts'

const taken = (res: ServerResponse, outcome: object): void => answerJson(res, JSON.stringify(outcome))

/** The answer to what is not verified when too much of that came from where it comes from. */
export const overBudget = (res: Response, retryAfterSeconds: number): void =>
  refuseBody(
    res,
    'too-many-unverified',
    'too many deliveries that cannot be verified came from this address; this one cannot be either, and is not kept',
    { 'Retry-After': String(retryAfterSeconds) },
  )

type Taken = 'Appended' | 'Duplicate' | 'Erased' | 'Ignored' | 'Noted'

/** Tells the sender what became of his delivery. */
export const answerOutcome = (res: ServerResponse, outcome: DeliveryOutcome, asExpress: AsExpress): void => {
  switch (outcome._tag) {
    case 'Appended':
      return taken(res, { outcome: 'appended', events: outcome.events })
    case 'Duplicate':
      return taken(res, { outcome: 'duplicate', events: outcome.events })
    case 'Erased':
      return taken(res, { outcome: 'erased' })
    case 'Ignored':
      return taken(res, { outcome: 'ignored' })
    case 'Noted':
      return taken(res, { outcome: 'noted' })
    default:
      return answerRefused(asExpress(), outcome)
  }
}

/** Tells him why nothing became of it. */
export const answerRefused = (res: Response, outcome: Exclude<DeliveryOutcome, { readonly _tag: Taken }>): void => {
  switch (outcome._tag) {
    case 'NotAWebhook':
      return problem(res, 'not-a-webhook', outcome.detail)
    case 'NotVerified':
      // Not 401: the provider sends again after a 5xx only, and the fault may be a secret of ours.
      return problem(res, 'not-verified', 'the signature of object_payload is missing or wrong')
    case 'NotStored':
      return refuseBody(res, 'not-stored', 'the delivery could not be stored; send it again', { 'Retry-After': '5' })
    case 'OverBudget':
      return overBudget(res, outcome.retryAfterSeconds)
    default:
      return outcome satisfies never
  }
}
