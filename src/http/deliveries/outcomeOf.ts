import type { ServerResponse } from 'node:http'
import type { CountedOutcome } from '../../metrics/deliveryOutcomes.ts'

const OUTCOME = Symbol('outcome')

interface Answer extends ServerResponse {
  [OUTCOME]?: CountedOutcome
}

/** Says what a delivery came to, before its answer `res` is sent: it is timed by that. */
export const tellTimed = (res: Answer, outcome: CountedOutcome): void => {
  res[OUTCOME] = outcome
}

/** `null` where nobody has said so. */
export const outcomeOf = (res: Answer): CountedOutcome | null => res[OUTCOME] ?? null
