import type { Dice } from '../fuzz/dice.ts'
import type { Taken } from '../support/service/answers.ts'
import {
  at,
  badlySigned,
  document,
  kycReview,
  refusal,
  request,
  signed,
  users,
  validation,
  type WebhookFields,
} from '../support/webhooks/webhookBuilders.ts'

/** What a fact says of one user, by whoever made it up: nothing of the service has a part in that. */
type Says = 'pending' | 'validated' | 'refused' | 'of a document'

/** A delivery as its sender knows it: not `acknowledged` means that nobody knows what became of it. */
export interface Fact {
  /** Its `webhook_id`. */
  readonly id: string
  readonly body: string
  readonly users: readonly string[]
  readonly lifeCycle: 'legacy' | 'new' | null
  readonly says: Says
  /** When it occurred, in the unit of the provider; no two are the same. */
  readonly at: number
  acknowledged: Taken['events'] | null
}

/** A delivery that somebody without the secret sends; once it was refused the journal holds it. */
export interface Forged {
  readonly body: string
  kept: boolean
}

const FIRST_AT = at('2025-01-01T00:00:00Z')
const A_DAY = 864_000_000

const datetime = (time: number): string => `${new Date(time / 10).toISOString().slice(0, 19)}Z`

/** Makes facts that have not been sent before, out of order by up to a year. */
export const factsAbout = (everybody: readonly string[], dice: Dice) => {
  let made = 0
  const next = () => {
    made += 1
    return { id: `fact-${made}`, createdAt: FIRST_AT + dice.below(300) * A_DAY + made * 10_000 }
  }
  const fact = (): Fact => {
    const envelope = next()
    const { id, createdAt } = envelope
    const user = dice.pick(everybody)
    const of = { userTag: id, kycReviewComment: id }
    // A tag is of a user: a KYC object beside it could be either.
    const ofKyc = { kycReviewComment: id }
    const [requested, reviewed] = [
      { lastRequestDatetime: datetime(createdAt) },
      { lastReviewDatetime: datetime(createdAt) },
    ]
    const several = everybody.slice(0, 3)
    const [webhook, lifeCycle, says, about] = dice.pick<
      () => readonly [WebhookFields, Fact['lifeCycle'], Says, readonly string[]]
    >([
      () => [request(user, envelope, of), 'legacy', 'pending', [user]],
      () => [validation(user, envelope, of), 'legacy', 'validated', [user]],
      () => [refusal(user, envelope, of), 'legacy', 'refused', [user]],
      () => [
        kycReview('request', user, envelope, { ...ofKyc, ...requested, lastReviewDatetime: null }),
        'new',
        'pending',
        [user],
      ],
      () => [kycReview('result', user, envelope, { ...ofKyc, ...requested, ...reviewed }), 'new', 'validated', [user]],
      () => [
        document('update', user, envelope, { documentTag: id, documentId: `8${made}` }),
        null,
        'of a document',
        [user],
      ],
      () => [
        users(
          several.map((userId) => ({ userId, ...of })),
          envelope,
        ),
        'legacy',
        'pending',
        several,
      ],
    ])()
    return { id, body: signed(webhook), users: about, lifeCycle, says, at: createdAt, acknowledged: null }
  }
  const forged = (): Forged => {
    const { id, createdAt } = next()
    return { body: badlySigned(validation(dice.pick(everybody), { id: `forged-${id}`, createdAt })), kept: false }
  }
  return { fact, forged }
}

/**
 * How a user stands of whom these facts are known, by the rules alone: the last to have occurred decides, the new life cycle governs
 * once it has spoken, and a refusal by the other at or after its validation leaves nothing certain.
 */
export const standingOf = (facts: readonly Fact[]): string => {
  const inOrder = facts.toSorted((a, b) => a.at - b.at)
  const legacy = inOrder.filter(({ lifeCycle }) => lifeCycle === 'legacy')
  const governing = inOrder.findLast(({ lifeCycle }) => lifeCycle === 'new')
  if (governing === undefined) return legacy.at(-1)?.says ?? 'none'
  const refused = legacy.findLast(({ says }) => says === 'refused')
  return governing.says === 'validated' && refused !== undefined && refused.at >= governing.at
    ? 'unknown'
    : governing.says
}
