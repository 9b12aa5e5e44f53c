import * as t from 'io-ts'

const textOrNull = t.union([t.string, t.null])

/** Why records may go, as it was when the step was taken. Times are RFC 3339. */
export const Ground = t.readonly(
  t.type({
    /** `ended`: the relationship ended; `refused`: refused, and never came back; `nobody`: events that name no user. */
    rule: t.union([t.literal('ended'), t.literal('refused'), t.literal('nobody'), t.literal('authority')]),
    /** From when on the period runs; `null` where no rule gives one. */
    since: textOrNull,
    /** ISO 8601, for instance `P5Y`. */
    period: textOrNull,
    dueAt: textOrNull,
    /** Which country's period it is, where the policy has one for it. */
    country: textOrNull,
    /** By whose order, where no rule allows it yet. */
    authority: textOrNull,
  }),
)
export type Ground = t.TypeOf<typeof Ground>
