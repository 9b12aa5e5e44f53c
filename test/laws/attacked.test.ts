import { expect } from 'chai'
import fc from 'fast-check'
import { currentStatus } from '../../domain/answer/currentStatus.ts'
import { fromMilliseconds } from '../../domain/instant.ts'
import { fold } from '../../domain/state/fold.ts'
import { assertLaw } from '../support/assertLaw.ts'
import { ask } from '../support/histories/asking.ts'
import { heardOf } from '../support/histories/heard.ts'
import { USER } from '../support/histories/histories.ts'
import { type Heard, inOrder, isAgainst, type Judged, judgedOf } from '../support/histories/oracle.ts'
import {
  attackedStories,
  clocks,
  foldedThen,
  judgedThen,
  type Lived,
  live,
  momentsOf,
  type Step,
  stories,
  told,
} from '../support/histories/stories.ts'
import { type MemoryLedger, openMemoryLedger } from '../support/pipeline/memoryLedger.ts'
import { day, kyc, sentAgain, user } from '../support/webhooks/plainWebhooks.ts'

/** What a release is worth at most: as much as if the provider itself had said, then, and signed that he is validated. */
const saidAnew = ({ at, isNew }: Judged['released'][number]): Heard => ({
  isNew,
  says: 'success',
  closes: false,
  level: null,
  lastReview: null,
  signed: null,
  isEcho: false,
  isWeak: false,
  at,
  tie: '',
  rank: 1,
})

/** Whether he would be verified without the attacker, if the provider had said what releases rest on. */
const isHonestly = (life: Lived, asOf: number, released: Judged['released']): boolean => {
  const honest = heardOf(
    life.delivered.filter(({ isForged }) => !isForged),
    USER,
  ).filter(({ at }) => Math.floor(at) <= asOf)
  const observed = life.written.filter(({ is, at }) => is === 'observed' && at <= asOf)
  return judgedOf([...honest, ...released.map(saidAnew)], observed).status === 'validated'
}

/** The same webhooks at the same times, and nothing that the service wrote itself. */
const withoutOwn = (steps: readonly Step[], clock: (step: number) => number): Promise<Lived> => {
  const delivered = steps.flatMap((step, index) => (step.do === 'deliver' ? [{ step, index }] : []))
  return live(
    delivered.map(({ step }) => step),
    (step) => clock(delivered[step]?.index ?? 0),
  )
}

const someMoments = (life: Lived): readonly number[] => [
  Number.POSITIVE_INFINITY,
  ...momentsOf(life).filter((_, index) => index % 4 === 0),
]

const isVerified = (life: Lived, asOf: number): boolean => currentStatus(foldedThen(life, asOf)).verified

describe('an API that lies, whatever it says and whenever', () => {
  it('verifies nobody: nor does an end of what it said before', async () => {
    const seen = { verified: 0, takenAway: 0 }
    const law = fc.asyncProperty(stories, clocks, async (steps, clock) => {
      const observed = steps.filter((step) => step.do === 'deliver' || step.do === 'observe')
      const [life, signed] = await Promise.all([live(observed, clock), withoutOwn(observed, clock)])
      for (const asOf of someMoments(life)) {
        if (isVerified(life, asOf)) {
          expect(isVerified(signed, asOf), told(observed)).to.equal(true)
          seen.verified += 1
        } else if (isVerified(signed, asOf)) seen.takenAway += 1
      }
    })
    await assertLaw(law, { same: 60, others: 20 }, () => {
      expect(seen.verified).to.be.greaterThan(10)
      expect(seen.takenAway).to.be.greaterThan(5)
    })
  })

  it('releases nothing but a success that is signed, and that nothing heard between it and the release speaks against', async () => {
    const seen = { released: 0 }
    const law = fc.asyncProperty(stories, clocks, async (steps, clock) => {
      const [life, signed] = await Promise.all([live(steps, clock), withoutOwn(steps, clock)])
      for (const asOf of someMoments(life)) {
        if (!isVerified(life, asOf) || isVerified(signed, asOf)) continue
        const heard = inOrder(heardOf(life.delivered, USER).filter(({ at }) => Math.floor(at) <= asOf))
        const vouched = life.written.filter((own) => {
          if (own.is !== 'released' || own.at > asOf) return false
          const before = heard.filter(({ at }) => at <= own.at)
          const success = before.findLastIndex(({ event, says }) => event === own.event && says === 'success')
          return success !== -1 && !before.slice(success + 1).some(isAgainst)
        })
        expect(vouched, told(steps)).to.not.deep.equal([])
        seen.released += 1
      }
    })
    await assertLaw(law, { same: 90, others: 20 }, () => expect(seen.released).to.be.greaterThan(5))
  })
})

describe('whoever has captured what the provider sent, and has neither a key nor its API', () => {
  it('gains nothing from observations and releases', async () => {
    const seen = { forged: 0, verified: 0, released: 0 }
    const law = fc.asyncProperty(attackedStories, clocks, async (steps, clock) => {
      const life = await live(steps, clock)
      seen.forged += life.delivered.filter(({ isForged }) => isForged).length
      for (const asOf of someMoments(life)) {
        if (!isVerified(life, asOf)) continue
        const { released } = judgedThen(life, asOf)
        expect(isHonestly(life, asOf, released), told(steps)).to.equal(true)
        seen.verified += 1
        seen.released += released.length
      }
    })
    await assertLaw(law, { same: 120, others: 20 }, () => {
      expect(seen.forged).to.be.greaterThan(200)
      expect(seen.verified).to.be.greaterThan(50)
      expect(seen.released).to.be.greaterThan(10)
    })
  })

  const at = (n: number): number => Date.parse(day(n))
  const VALIDATED = { kycReview: '2' }
  const REFUSED = { kycReview: '3' }
  const [refusal, validation] = [user('3', day(1)), user('2', day(2))]
  const statusAt = (ledger: MemoryLedger, n?: number): string =>
    currentStatus(fold(USER, ledger.own(USER), [], n === undefined ? {} : { asOf: fromMilliseconds(at(n)) })).status

  /** Refused, validated, refused, and validated in words that were heard before; the provider is asked on the tenth. */
  const released = async (): Promise<MemoryLedger> => {
    const ledger = openMemoryLedger()
    const all = [refusal, validation, sentAgain(refusal, day(3)), sentAgain(validation, day(6))]
    for (const [index, webhook] of all.entries()) await ledger.deliver(webhook, at(6) + index)
    await ask(ledger, VALIDATED, at(10))
    return ledger
  }

  it('cannot keep a refusal from being heard that comes after a release, however often he has sent one before', async () => {
    const ledger = openMemoryLedger()
    for (const webhook of [refusal, validation, sentAgain(refusal, day(3)), sentAgain(validation, day(6))]) {
      await ledger.deliver(webhook, at(6))
    }
    for (let n = 10; n < 40; n++) await ledger.deliver(sentAgain(refusal, `2024-06-05T12:00:${n}Z`), at(7))
    await ask(ledger, VALIDATED, at(10))
    expect(statusAt(ledger)).to.equal('validated')
    await ledger.deliver({ ...sentAgain(refusal, day(11)), webhook_id: 'by the provider' }, at(11))
    expect(statusAt(ledger)).to.equal('refused')
  })

  it('takes nothing from a release with a success that he sends again, dated before it or after', async () => {
    for (const n of [5, 7, 8, 12]) {
      const ledger = await released()
      expect(statusAt(ledger)).to.equal('validated')
      await ledger.deliver(sentAgain(validation, day(n)), at(13))
      expect(statusAt(ledger), day(n)).to.equal('validated')
      expect(statusAt(ledger, 11), day(n)).to.equal('validated')
    }
  })

  it('cannot keep what the provider answers from being recorded', async () => {
    const ledger = openMemoryLedger()
    for (const webhook of [refusal, validation]) await ledger.deliver(webhook, at(2))
    await ledger.deliver(sentAgain(refusal, day(3)), at(3))
    await ask(ledger, REFUSED, at(5))
    const late = { ...user('2', day(4)), object_payload: { users: [{ userId: USER, kycReview: '2', phone: '1' }] } }
    await ledger.deliver(late, at(6))
    expect(statusAt(ledger)).to.equal('refused')
  })

  it('whom the provider answers that it has refused is not verified by what the other life cycle says of something else', async () => {
    const ledger = openMemoryLedger()
    await ledger.deliver(kyc('VALIDATED', day(1)), at(1))
    expect(statusAt(ledger)).to.equal('validated')
    await ask(ledger, REFUSED, at(2))
    await ledger.deliver(user('1', day(3)), at(3))
    await ledger.deliver(user('6', day(4)), at(4))
    expect(statusAt(ledger)).to.equal('refused')
    await ledger.deliver(
      {
        ...kyc('VALIDATED', day(5)),
        object_payload: { userId: 42, kycStatus: 'VALIDATED', kycReviewType: 'PERIODIC' },
      },
      at(5),
    )
    expect(statusAt(ledger)).to.equal('validated')
  })

  it('nor does a release, by whomever, of a success that a newer request overtook, be it that it comes late', async () => {
    const ledger = await released()
    expect(statusAt(ledger)).to.equal('validated')
    await ledger.deliver({ ...user('6', day(8)), webhook: 'user.update' }, at(12))
    expect(statusAt(ledger)).to.equal('pending')
  })

  it('keeps nothing from being followed that has no time, with an old refusal that he dates before it', async () => {
    const ledger = openMemoryLedger()
    const { webhook_created_at: _, ...untimed } = kyc('VALIDATED', day(1))
    for (const [index, webhook] of [untimed, user('3', day(2)), user('2', day(3))].entries()) {
      await ledger.deliver(webhook, at(index + 1))
    }
    expect(statusAt(ledger)).to.equal('unknown')
    await ledger.deliver(sentAgain(user('3', day(2)), '2024-05-01T00:00:00Z'), at(4))
    expect(statusAt(ledger)).to.equal('unknown')
  })
})
