import { expect } from 'chai'
import { format, fromMilliseconds, type Instant } from '../../domain/instant.ts'
import { expireJournal } from '../../src/journal/expiring.ts'

const NOW = fromMilliseconds(Date.parse('2026-03-31T12:00:00Z'))

describe('the age of what is in the journal', () => {
  const expiredBefore = (
    fault: () => null | { readonly clock: 'leapt'; readonly reason: string },
  ): readonly string[] => {
    const before: string[] = []
    const journal = { expire: async (time: Instant) => void before.push(format(time)) }
    expireJournal(journal, 30, { now: () => NOW, fault })()
    return before
  }

  it('is counted in days from now', () => {
    expect(expiredBefore(() => null)).to.deep.equal(['2026-03-01T12:00:00.000000Z'])
  })

  it('is not counted by a clock that is wrong', () => {
    expect(expiredBefore(() => ({ clock: 'leapt', reason: 'a year' }))).to.deep.equal([])
  })
})
