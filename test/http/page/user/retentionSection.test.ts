import { expect } from 'chai'
import type { UserId } from '../../../../domain/identifiers.ts'
import { readPolicy } from '../../../../domain/retention/policy.ts'
import type { RetentionFacts } from '../../../../domain/retention/retentionFacts.ts'
import { retentionSection } from '../../../../src/http/page/user/retentionSection.ts'
import type { UserPageSources } from '../../../../src/http/page/user/sources.ts'
import { instant } from '../../../support/events/storedEvents.ts'
import { shownText } from '../../../support/page/shownText.ts'
import { right } from '../../../support/right.ts'

const basis = { rule: 'ended', since: instant('2021-03-01T00:00:00Z') } as const

const told = (facts: Partial<RetentionFacts>, now: string): string => {
  const known = { facts: { basis, countries: [], anomalies: [], ...facts }, holds: [] }
  const sources = {
    readModel: { reader: () => ({ retentionOf: () => known }) },
    retention: right(readPolicy({ version: 1 })),
    now: () => instant(now),
  } as unknown as UserPageSources
  return shownText(String(retentionSection(sources, '42' as UserId)))
}

describe('the retention on the page of a user', () => {
  it('tells since when which period runs, and when he is due to go', () => {
    expect(told({}, '2025-03-01T00:00:00Z')).to.match(
      / Ground the relationship has ended, since 2021-03-01 00:00:00 UTC Period P5Y Due to go 2026-03-01 00:00:00 UTC Erasure forbidden now: /,
    )
    expect(told({}, '2026-03-01T00:00:00Z')).to.include('Erasure may be asked for')
  })

  it('tells why he is never due, and that no period runs', () => {
    const anomalies = [{ kind: 'frozen', detail: 'his assets are frozen' }] as const
    const text = told({ anomalies }, '2026-03-01T00:00:00Z')
    expect(text).to.include('his assets are frozen').and.to.not.include('Due to go')
    expect(told({ basis: null }, '2026-03-01T00:00:00Z')).to.include('no period runs')
  })
})
