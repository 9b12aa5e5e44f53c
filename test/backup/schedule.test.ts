import { expect } from 'chai'
import { againAfter, dueAt } from '../../src/backup/schedule.ts'

const [DAY, HOUR, MINUTE] = [86_400, 3_600_000, 60_000]
const NOW = Date.parse('2026-03-01T12:00:00Z')

const keptOf = (hoursAgo: number | null) => ({
  newest:
    hoursAgo === null ? null : { madeAt: NOW / 1000 - hoursAgo * 3600, verifiedAt: NOW / 1000, events: 1, bytes: 1 },
  count: 1,
})

describe('when a backup is due', () => {
  it('goes by when the newest good one was made, whatever was started in between', () => {
    expect(dueAt(DAY, keptOf(1), NOW, 0)).to.equal(NOW + 23 * HOUR)
    expect(dueAt(DAY, keptOf(23), NOW, 1)).to.equal(NOW + HOUR)
  })

  it('is soon, and not on all machines at once, where there is none, or it is overdue', () => {
    for (const kept of [keptOf(null), keptOf(25), keptOf(1000)]) {
      expect(dueAt(DAY, kept, NOW, 0)).to.equal(NOW)
      expect(dueAt(DAY, kept, NOW, 1)).to.equal(NOW + 5 * MINUTE)
      expect(dueAt(60, kept, NOW, 1)).to.equal(NOW + 6000)
    }
  })

  it('is soon where the newest says that it is of the future', () => {
    expect(dueAt(DAY, keptOf(-500), NOW, 0.5)).to.equal(NOW + 2.5 * MINUTE)
  })

  it('after a failure is sooner, and less so with each, never later than the next would be', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 20].map((failures) => againAfter(DAY, failures) / MINUTE)).to.deep.equal([
      1, 2, 4, 8, 16, 32, 60, 60, 60,
    ])
    expect([1, 2, 3, 4].map((failures) => againAfter(120, failures) / 1000)).to.deep.equal([30, 60, 120, 120])
  })
})
