import { expect } from 'chai'
import { dateInWords, durationInWords, instantInWords } from '../../src/words/timeInWords.ts'
import { instant } from '../support/events/storedEvents.ts'

describe('a time in words', () => {
  it('is a day, a month by its name, and a time of UTC to the second', () => {
    expect(instantInWords(instant('2026-02-20T11:26:47.999999+01:00'))).to.equal('20 February 2026, 10:26:47 UTC')
    expect(instantInWords(instant('0999-12-01T00:00:00Z'))).to.equal('1 December 0999, 00:00:00 UTC')
    expect(dateInWords('2026-09-05')).to.equal('5 September 2026')
  })

  it('lasts so many whole units, of the largest that there are two of', () => {
    const from = instant('2026-03-01T00:00:00Z')
    const lasts = (until: string): string => durationInWords(from, instant(until))
    expect(lasts('2026-02-01T00:00:00Z')).to.equal('less than a minute')
    expect(lasts('2026-03-01T00:00:59Z')).to.equal('less than a minute')
    expect(lasts('2026-03-01T00:01:00Z')).to.equal('1 minute')
    expect(lasts('2026-03-01T01:59:59Z')).to.equal('119 minutes')
    expect(lasts('2026-03-02T23:59:59Z')).to.equal('47 hours')
    expect(lasts('2026-03-03T00:00:00Z')).to.equal('2 days')
    expect(lasts('2027-03-01T00:00:00Z')).to.equal('365 days')
  })
})
