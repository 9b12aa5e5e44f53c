import type { Response } from 'express'
import type { DeliveryOutcome } from '../../ingest/delivery.ts'
import { answerJson } from '../answerJson.ts'
import { problem, unavailable } from '../problem.ts'

const taken = (res: Response, outcome: object): void => answerJson(res, JSON.stringify(outcome))

/** Tells the sender what became of his delivery. */
export const answerOutcome = (res: Response, outcome: DeliveryOutcome): void => {
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
