import { expect } from 'chai'
import fc from 'fast-check'
import { statusOf } from '../../domain/answer/status.ts'
import { fold } from '../../domain/state/fold.ts'
import type { KycState } from '../../domain/state/kycState.ts'
import { assertLaw } from '../support/assertLaw.ts'
import { ask } from '../support/histories/asking.ts'
import { type Forgery, forge, forgeries } from '../support/histories/forgeries.ts'
import { USER } from '../support/histories/histories.ts'
import { momentOf } from '../support/histories/lives.ts'
import { openMemoryLedger } from '../support/pipeline/memoryLedger.ts'
import type { WebhookJson } from '../support/webhooks/documentedWebhooks.ts'

/** What the provider decides, what becomes of its webhook, and what happens before its next decision. */
interface Act {
  readonly decides: 'pending' | 'validated' | 'refused' | 'reopened' | 'canceled'
  /** After so many more acts; `lost`: never. */
  readonly arrives: number | 'lost'
  readonly isTimed: boolean
  readonly isAsked: boolean
  readonly attack: readonly Forgery[]
}

/** Of which life cycles the provider sends webhooks. */
type Sends = 'legacy' | 'new' | 'both'

/** Who is canceled stays so. */
const untilCanceled = (all: readonly Act[]): readonly Act[] =>
  all.filter((_, index) => all.slice(0, index).every(({ decides }) => decides !== 'canceled'))

const acts = (isAttacked: boolean, isTimed: boolean): fc.Arbitrary<readonly Act[]> =>
  fc
    .array(
      fc.record({
        decides: fc.oneof(
          { weight: 4, arbitrary: fc.constantFrom<Act['decides']>('pending', 'validated', 'validated', 'refused') },
          { weight: 1, arbitrary: fc.constantFrom<Act['decides']>('reopened', 'canceled') },
        ),
        arrives: fc.constantFrom<Act['arrives']>(0, 0, 0, 'lost', 'lost', 1, 2),
        isTimed: isTimed ? fc.constant(true) : fc.constantFrom(true, true, true, false),
        isAsked: fc.boolean(),
        attack: isAttacked ? fc.oneof(fc.constant([]), forgeries) : fc.constant([]),
      }),
      { minLength: 1, maxLength: 9 },
    )
    .map(untilCanceled)

const CODES: Readonly<Record<Act['decides'], number>> = {
  pending: 1,
  validated: 2,
  refused: 3,
  reopened: 6,
  canceled: 2,
}
const KYC_STATUS = { pending: 'PENDING', validated: 'VALIDATED', refused: 'REFUSED', reopened: 'PENDING' } as const

const shownOf = (decides: Act['decides']) => ({
  kycReview: String(CODES[decides]),
  kycLevel: '2',
  userStatus: decides === 'canceled' ? 'CANCELED' : 'VALIDATED',
})

const webhooksOf = ({ decides, isTimed }: Act, index: number, sends: Sends): readonly WebhookJson[] => {
  const time = isTimed ? { webhook_created_at: momentOf(index + 1) } : {}
  const ofUser = {
    webhook: 'user.update',
    webhook_id: `user-${index}`,
    ...time,
    object_id: USER,
    object_payload: { users: [{ userId: USER, ...shownOf(decides) }] },
  }
  if (sends === 'legacy' || decides === 'canceled') return [ofUser]
  const ofKyc = {
    webhook: 'kycreview.result',
    webhook_id: `kyc-${index}`,
    ...time,
    object_id: USER,
    object_payload: {
      userId: Number(USER),
      kycReview: CODES[decides],
      kycLevel: 2,
      kycStatus: KYC_STATUS[decides],
      kycReviewType: 'ONBOARDING',
      lastReviewDatetime: null,
    },
  }
  return sends === 'new' ? [ofKyc] : [ofUser, ofKyc]
}

const MINUTE = 60_000
/** When the hour of an act begins, in milliseconds. */
const hourOf = (index: number): number => momentOf(index + 1) / 10

interface Moment {
  /** Of the last act. */
  readonly index: number
  readonly state: KycState
  /** What the provider has decided last. */
  readonly truth: Act['decides']
  /** What it answered when it was asked last, and after which act it has answered so first. */
  readonly answered: { readonly decides: Act['decides']; readonly index: number } | null
  readonly isJustAsked: boolean
}

/** Everything that happens, and how the user stood after each of it. */
const moments = async (all: readonly Act[], sends: Sends): Promise<readonly Moment[]> => {
  const ledger = openMemoryLedger()
  const sent: WebhookJson[] = []
  const seen: Moment[] = []
  let answered = null as Moment['answered']
  for (const [index, act] of all.entries()) {
    const truth = act.decides
    const see = (isJustAsked: boolean): void => {
      seen.push({ index, state: fold(USER, ledger.own(USER), ledger.orphans()), truth, answered, isJustAsked })
    }
    let at = hourOf(index) + MINUTE
    for (const [before, one] of all.slice(0, index + 1).entries()) {
      if (one.arrives === 'lost' || before + one.arrives !== index) continue
      for (const webhook of webhooksOf(one, before, sends)) {
        at += 1
        await ledger.deliver(webhook, at)
        sent.push(webhook)
        see(false)
      }
    }
    if (sent.length > 0) {
      for (const [number, forgery] of act.attack.entries()) {
        at += MINUTE
        await ledger.deliver(forge(forgery, sent, 100 * index + number), at)
        see(false)
      }
    }
    if (!act.isAsked) continue
    await ask(ledger, shownOf(truth), hourOf(index) + 40 * MINUTE)
    if (answered?.decides !== truth) answered = { decides: truth, index }
    see(true)
  }
  return seen
}

const isVerified = ({ state }: Moment): boolean => statusOf(state) === 'validated'
const isReleased = ({ state }: Moment): boolean => state.legacy.released !== null || state.lifecycle.released !== null

describe('a provider that is asked, whatever of its webhooks was lost, comes late, or is sent again by others', () => {
  it('is the only one to say that somebody is verified: what it answers stands until it says otherwise itself', async () => {
    const seen = { verified: 0, refuted: 0, released: 0, attacked: 0 }
    const law = fc.asyncProperty(
      acts(true, false),
      fc.constantFrom<Sends>('legacy', 'new', 'both'),
      async (all, sends) => {
        const life = await moments(all, sends)
        if (all.some(({ attack }) => attack.length > 0)) seen.attacked += 1
        for (const moment of life) {
          const { truth, answered, isJustAsked, index } = moment
          if (!isVerified(moment)) {
            if (truth === 'validated') seen.refuted += 1
            continue
          }
          seen.verified += 1
          if (isReleased(moment)) seen.released += 1
          if (isJustAsked) expect(truth).to.equal('validated')
          if (answered === null || answered.decides === 'validated') continue
          const since = all.slice(answered.index + 1, index + 1)
          const said = since.some(({ decides, arrives }) => decides === 'validated' && arrives !== 'lost')
          expect(said, JSON.stringify(all)).to.equal(true)
        }
      },
    )
    await assertLaw(law, { same: 120, others: 20 }, () => {
      for (const [what, count] of Object.entries(seen)) expect(count, what).to.be.greaterThan(10)
    })
  })

  it('is believed, once it is asked, that it has validated somebody whose validation it sent, however often it did before', async () => {
    const seen = { asked: 0, released: 0 }
    const law = fc.asyncProperty(acts(false, true), fc.constantFrom<Sends>('legacy', 'new'), async (all, sends) => {
      for (const moment of await moments(all, sends)) {
        const { isJustAsked, truth, index } = moment
        if (!isJustAsked || truth !== 'validated' || all[index]?.arrives !== 0) continue
        expect(isVerified(moment), JSON.stringify(all)).to.equal(true)
        seen.asked += 1
        if (isReleased(moment)) seen.released += 1
      }
    })
    await assertLaw(law, { same: 200, others: 20 }, () => expect(seen.released).to.be.greaterThan(3))
  })
})
