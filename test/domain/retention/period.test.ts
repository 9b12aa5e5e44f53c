import { expect } from 'chai'
import fc from 'fast-check'
import { dayOfCalendar, daysSinceEpoch } from '../../../domain/calendar.ts'
import { formatMilliseconds, parseRfc3339 } from '../../../domain/instant.ts'
import { endOf, parsePeriod } from '../../../domain/retention/period.ts'
import { instant } from '../../support/events/storedEvents.ts'

const end = (since: string, text: string): string => {
  const period = parsePeriod(text)
  if (period === null) throw new Error(`no period: ${text}`)
  return formatMilliseconds(endOf(instant(since), period))
}

describe('a period of retention', () => {
  for (const [since, period, ends] of [
    ['2021-03-01T10:26:47.123Z', 'P5Y', '2026-03-01T10:26:47.123Z'],
    ['2024-02-29T23:59:59.999Z', 'P5Y', '2029-03-01T23:59:59.999Z'],
    ['2024-02-29T00:00:00Z', 'P4Y', '2028-02-29T00:00:00.000Z'],
    ['2024-02-29T00:00:00Z', 'P5Y1D', '2029-03-02T00:00:00.000Z'],
    ['2021-12-31T12:00:00Z', 'P1Y6M', '2023-07-01T12:00:00.000Z'],
    ['2021-12-31T12:00:00Z', 'P14M', '2023-03-01T12:00:00.000Z'],
    ['1969-12-31T23:59:59Z', 'P1D', '1970-01-01T23:59:59.000Z'],
    ['9990-06-01T00:00:00Z', 'P99Y', '9999-12-31T00:00:00.000Z'],
  ] as const) {
    it(`of ${period} from ${since} ends at ${ends}`, () => expect(end(since, period)).to.equal(ends))
  }

  it('counts by the calendar: the same day and time of the year, or the first of the next month where there is none', () => {
    const years = fc.integer({ min: 1, max: 99 })
    const days = fc.integer({ min: daysSinceEpoch(1600, 1, 1), max: daysSinceEpoch(2400, 12, 31) })
    fc.assert(
      fc.property(days, years, fc.integer({ min: 0, max: 86_399_999 }), (day, count, milliseconds) => {
        const since = formatMilliseconds(((day * 86_400_000 + milliseconds) * 1000) as ReturnType<typeof instant>)
        const same = `${String(Number(since.slice(0, 4)) + count).padStart(4, '0')}${since.slice(4)}`
        const expected = parseRfc3339(same) === null ? same.replace('-02-29T', '-03-01T') : same
        expect(end(since, `P${count}Y`)).to.equal(expected)
      }),
    )
  })

  it('has the days of the calendar that they are counted from', () => {
    fc.assert(
      fc.property(fc.integer({ min: -700_000, max: 2_900_000 }), (days) => {
        const { year, month, day } = dayOfCalendar(days)
        expect(daysSinceEpoch(year, month, day)).to.equal(days)
        const date = new Date(days * 86_400_000)
        expect([year, month, day]).to.deep.equal([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()])
      }),
    )
  })
})
