import { expect } from 'chai'
import { askedWait } from '../../src/clock/retryAfter.ts'
import { nextAttemptIn } from '../../src/outgoing/schedule.ts'

describe('the waits between attempts of a webhook', () => {
  it('are those that Standard Webhooks recommends, the last of ten attempts a little more than three days after the first', () => {
    const waits = Array.from({ length: 9 }, (_, index) => nextAttemptIn(index + 1, null, () => 0.5) / 1000)
    expect(waits).to.deep.equal([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400])
    expect(waits.reduce((sum, wait) => sum + wait, 0)).to.equal(75 * 3600 + 35 * 60 + 5)
    expect(nextAttemptIn(50, null, () => 0.5)).to.equal(86_400_000)
  })

  it('are up to a tenth longer or shorter by chance', () => {
    expect(nextAttemptIn(2, null, () => 0)).to.equal(270_000)
    expect(nextAttemptIn(2, null, () => 1)).to.be.closeTo(330_000, 1)
  })

  it('are those that the receiver asks for, within a minute, or what the schedule has below that, and a day', () => {
    expect(nextAttemptIn(3, 120_000, Math.random)).to.equal(120_000)
    expect(nextAttemptIn(3, 1000, Math.random)).to.equal(60_000)
    expect(nextAttemptIn(1, 0, Math.random)).to.equal(5000)
    expect(nextAttemptIn(1, 1e12, Math.random)).to.equal(86_400_000)
  })

  it('are asked for in seconds or as a date, and in no other way', () => {
    const now = Date.parse('2026-03-01T10:00:00Z')
    expect(askedWait('120', now)).to.equal(120_000)
    expect(askedWait('Sun, 01 Mar 2026 10:05:00 GMT', now)).to.equal(300_000)
    expect(askedWait('Sunday, 01-Mar-26 10:05:00 GMT', now)).to.equal(300_000)
    expect(askedWait('Sun Mar  1 10:05:00 2026 GMT', now)).to.equal(300_000)
    expect(askedWait('Sun, 01 Mar 2026 09:00:00 GMT', now)).to.equal(0)
    for (const none of [undefined, '', '-5', '1.5', '2026-03-01T10:05:00Z', 'soon', 'Sun, soon', '1e3']) {
      expect(askedWait(none, now)).to.equal(null)
    }
  })
})
