import { expect } from 'chai'
import fc from 'fast-check'
import { format, parseRfc3339 } from '../../../domain/instant.ts'
import { parseParisTime } from '../../../domain/treezor/parisTime.ts'
import { shown } from '../../support/events/shown.ts'

describe('a time on the clocks of Paris', () => {
  const readable: readonly [string, string, string][] = [
    ['in summer', '2022-05-18 12:21:04', '2022-05-18T10:21:04.000000Z'],
    ['in winter', '2024-01-15 09:30:00', '2024-01-15T08:30:00.000000Z'],
    ['just before summer time begins', '2024-03-31 01:59:59', '2024-03-31T00:59:59.000000Z'],
    ['just after summer time has begun', '2024-03-31 03:00:00', '2024-03-31T01:00:00.000000Z'],
    ['just before the hour that comes twice', '2024-10-27 01:59:59', '2024-10-26T23:59:59.000000Z'],
    ['just after the hour that comes twice', '2024-10-27 03:00:00', '2024-10-27T02:00:00.000000Z'],
    ['at the turn of a year', '2024-01-01 00:30:00', '2023-12-31T23:30:00.000000Z'],
    ['on a leap day', '2024-02-29 23:59:59', '2024-02-29T22:59:59.000000Z'],
  ]
  for (const [when, text, at] of readable) {
    it(`${when}: ${text} is ${at}`, () => {
      expect(shown(parseParisTime(text))).to.equal(at)
    })
  }

  it('is the second one of an hour that comes twice, and of one that never comes told by a clock that was not set', () => {
    expect(shown(parseParisTime('2024-10-27 02:30:00'))).to.equal('2024-10-27T01:30:00.000000Z')
    expect(shown(parseParisTime('2024-03-31 02:30:00'))).to.equal('2024-03-31T01:30:00.000000Z')
  })

  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Europe/Paris',
    dateStyle: 'short',
    timeStyle: 'medium',
  })

  it('is the moment at which those clocks show it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        const shownThere = clock.format(seconds * 1000)
        const instant = parseParisTime(shownThere) ?? Number.NaN
        expect(clock.format(instant / 1000)).to.equal(shownThere)
        expect(Math.abs(instant / 1_000_000 - seconds)).to.be.oneOf([0, 3600])
      }),
      { numRuns: 500 },
    )
  })

  it('is none for zero, partial, impossible and placeholder dates', () => {
    const none = [
      '',
      '0000-00-00 00:00:00',
      '1989-00-00 00:00:00',
      '1989-05-00 00:00:00',
      '2023-02-29 12:00:00',
      '2024-04-31 12:00:00',
      '2024-13-01 12:00:00',
      '2024-06-27 25:00:00',
      '2024-06-27 12:60:00',
      '0001-01-01 00:00:00',
      '0033-04-03 15:00:00',
      '0999-12-31 23:59:59',
      '9999-12-31 23:59:59',
      '2024-06-27',
      '2024-06-27T12:00:00',
      '2024-06-27 12:00:00Z',
    ]
    for (const text of none) expect(parseParisTime(text), text).to.equal(null)
  })

  it('is a number or nothing, whatever the digits', () => {
    const upTo = (max: number, width = 2) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(width, '0'))
    const year = fc.oneof(upTo(9999, 4), fc.constantFrom('0000', '0001', '0099', '1899', '1900', '9998', '9999'))
    fc.assert(
      fc.property(fc.tuple(year, upTo(13), upTo(32), upTo(25), upTo(60), upTo(60)), ([y, mo, d, h, mi, s]) => {
        const instant = parseParisTime(`${y}-${mo}-${d} ${h}:${mi}:${s}`)
        if (instant !== null) expect(parseRfc3339(format(instant))).to.equal(instant)
      }),
      { numRuns: 2000 },
    )
  })
})
