import { expect } from 'chai'
import { fromMilliseconds } from '../../../domain/instant.ts'
import { mayErase, mayEraseOfNobody } from '../../../domain/retention/mayErase.ts'
import { readPolicy } from '../../../domain/retention/policy.ts'
import type { RetentionFacts } from '../../../domain/retention/retentionFacts.ts'
import { instant } from '../../support/events/storedEvents.ts'
import { left, right } from '../../support/right.ts'

const policyOf = (members: Record<string, unknown> = {}) => right(readPolicy({ version: 1, ...members }))
const POLICY = policyOf()
const SINCE = instant('2021-03-01T00:00:00Z')
const DUE = instant('2026-03-01T00:00:00Z')
const BEFORE = fromMilliseconds(DUE / 1000 - 1)

const facts = (changes: Partial<RetentionFacts> = {}): RetentionFacts => ({
  basis: { rule: 'ended', since: SINCE },
  countries: ['FR'],
  anomalies: [],
  ...changes,
})

describe('whether the records of a user may be erased', () => {
  it('is allowed from the moment on at which the period is over, on a ground that says why', () => {
    expect(right(mayErase(facts(), POLICY, [], DUE))).to.deep.equal({
      rule: 'ended',
      since: '2021-03-01T00:00:00.000000Z',
      period: 'P5Y',
      dueAt: '2026-03-01T00:00:00.000000Z',
      country: null,
      authority: null,
    })
    expect(left(mayErase(facts(), POLICY, [], BEFORE))).to.equal(
      'the period of P5Y runs from the end of the relationship, 2021-03-01T00:00:00.000Z, and is not over before 2026-03-01T00:00:00.000Z',
    )
  })

  it('is forbidden by a legal hold, by whatever stops the clock, while nothing has ended, and without a policy', () => {
    const hold = { hold: 3, placed: { at: SINCE, by: 'legal', reason: 'a case' } }
    expect(left(mayErase(facts(), POLICY, [hold], DUE))).to.match(/^legal hold 3 stands, placed by legal at 2021/)
    expect(left(mayErase(facts(), POLICY, [{ hold: 4, placed: null }], DUE))).to.match(/^event 4 .* cannot be read/)
    const frozen = { kind: 'frozen', detail: 'his assets are frozen' } as const
    expect(left(mayErase(facts({ anomalies: [frozen] }), POLICY, [], DUE))).to.equal('his assets are frozen')
    expect(left(mayErase(facts({ basis: null }), POLICY, [], DUE))).to.match(/has not ended/)
    expect(left(mayErase(facts(), null, [], DUE))).to.match(/no retention policy/)
  })

  it('goes by the period of his country, and of several countries by the one that ends last', () => {
    const policy = policyOf({ byCountry: { FR: 'P6Y', IT: 'P10Y', NL: 'P4Y' } })
    const dueBy = (countries: RetentionFacts['countries']) => {
      const { dueAt, country } = right(mayErase(facts({ countries }), policy, [], instant('2050-01-01T00:00:00Z')))
      return `${country} ${dueAt?.slice(0, 4)}`
    }
    expect(dueBy(['FR'])).to.equal('FR 2027')
    expect(dueBy(['FR', 'IT', 'NL'])).to.equal('IT 2031')
    expect(dueBy(['NL'])).to.equal('NL 2025')
    expect(dueBy(['BE', 'NL'])).to.equal('null 2026')
  })

  it('is never allowed where the country matters and cannot be told, and does not ask for it where it does not', () => {
    const policy = policyOf({ byCountry: { IT: 'P10Y' } })
    const late = instant('2090-01-01T00:00:00Z')
    for (const countries of [[], ['unknown'], ['FR', 'unknown']] as const) {
      expect(left(mayErase(facts({ countries }), policy, [], late))).to.match(/distributionCountry/)
      const alike = policyOf({ byCountry: { IT: 'P5Y' } })
      expect(right(mayErase(facts({ countries }), alike, [], late)).rule).to.equal('ended')
      const refused = facts({ countries, basis: { rule: 'refused', since: SINCE } })
      expect(right(mayErase(refused, policy, [], late)).rule).to.equal('refused')
    }
  })

  it('goes by periods of their own for who was refused, and for events of nobody', () => {
    const policy = policyOf({ refused: 'P1Y', nobody: 'P6M' })
    const refused = facts({ basis: { rule: 'refused', since: SINCE } })
    expect(right(mayErase(refused, policy, [], DUE)).dueAt).to.match(/^2022-03-01/)
    expect(right(mayEraseOfNobody(SINCE, policy, DUE))).to.deep.include({ rule: 'nobody', period: 'P6M' })
    expect(right(mayEraseOfNobody(SINCE, policy, instant('2021-09-01T00:00:00Z'))).dueAt).to.match(/^2021-09-01/)
    expect(left(mayEraseOfNobody(SINCE, policy, instant('2021-08-31T23:59:59Z')))).to.match(/recording of the event/)
    expect(left(mayEraseOfNobody(null, policy, DUE))).to.match(/cannot be told/)
    expect(left(mayEraseOfNobody(SINCE, null, DUE))).to.match(/no retention policy/)
  })
})
