import type { CountedOutcome } from '../../metrics/deliveryOutcomes.ts'

const outcomes = new WeakMap<object, CountedOutcome>()

/** Says what a delivery came to, before its answer `res` is sent: it is timed by that. */
export const tellTimed = (res: object, outcome: CountedOutcome): void => {
  outcomes.set(res, outcome)
}

/** `null` where nobody has said so. */
export const outcomeOf = (res: object): CountedOutcome | null => outcomes.get(res) ?? null
