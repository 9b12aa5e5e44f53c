import fc from 'fast-check'
import type { WebhookJson } from '../webhooks/documentedWebhooks.ts'
import { momentOf } from './lives.ts'

const NAMES = [
  ...['user.kycrequest', 'user.kycreview', 'kycreview.result', 'document.update', 'kycliveness.update'],
  ...['qes.created', 'qes.finalized', 'videoConference.created', 'videoConference.finalized'],
  ...['kycreview.expired', 'foo', undefined, 'kyc-ledger.observed', 'kyc-ledger.released'],
]
const OBJECT_IDS = ['42', '801', 'liveness-a', 'liveness-b', 'liveness-c', 'transaction-a', undefined]

/** What the attacker makes of one captured webhook. Indices are taken modulo what there is. */
export interface Forgery {
  readonly captured: number
  /** After which of the honest webhooks it is sent; never before the one that was captured. */
  readonly delay: number
  readonly name: string | undefined | 'as it was'
  readonly objectId: string | undefined | 'as it was'
  readonly id: number | 'fresh' | 'none'
  readonly date: number | 'none' | { readonly after: number } | { readonly like: number }
}

const HOURS = 24
/** An attack: up to ten of them. */
export const forgeries: fc.Arbitrary<readonly Forgery[]> = fc.array(
  fc.record({
    captured: fc.nat(50),
    delay: fc.nat(8),
    name: fc.constantFrom<Forgery['name']>('as it was', 'as it was', ...NAMES),
    objectId: fc.constantFrom<Forgery['objectId']>('as it was', 'as it was', ...OBJECT_IDS),
    id: fc.oneof(fc.constant('fresh' as const), fc.constant('none' as const), fc.nat(50)),
    date: fc.oneof(
      { weight: 4, arbitrary: fc.record({ after: fc.integer({ min: -1, max: HOURS }) }) },
      { weight: 1, arbitrary: fc.record({ like: fc.nat(50) }) },
      { weight: 1, arbitrary: fc.constantFrom<Forgery['date']>('none', 99999999999999, 12345, 17294726044901) },
    ),
  }),
  { minLength: 1, maxLength: 10 },
)

/**
 * The attacker knows the ids and times of what has been sent, not of what will be: a time of his own is never, to a
 * tenth of a millisecond, one at which the provider will say the same thing again.
 */
export const forge = (forgery: Forgery, sent: readonly WebhookJson[], number: number): WebhookJson => {
  const pick = (index: number): WebhookJson => sent[index % sent.length] ?? {}
  const captured = pick(forgery.captured)
  const { id, date, name, objectId } = forgery
  const { webhook_id: _id, webhook_created_at: _at, ...rest } = captured
  const webhookId = id === 'fresh' ? `forged-${number}` : id === 'none' ? undefined : pick(id).webhook_id
  const webhookCreatedAt =
    date === 'none'
      ? undefined
      : typeof date === 'number'
        ? date
        : 'after' in date
          ? momentOf(date.after) + 1 + number
          : pick(date.like).webhook_created_at
  return {
    ...rest,
    ...(name === 'as it was' ? {} : { webhook: name }),
    ...(objectId === 'as it was' ? {} : { object_id: objectId }),
    ...(webhookId === undefined ? {} : { webhook_id: webhookId }),
    ...(webhookCreatedAt === undefined ? {} : { webhook_created_at: webhookCreatedAt }),
  }
}
