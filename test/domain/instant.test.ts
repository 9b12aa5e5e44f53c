import { expect } from 'chai'
import fc from 'fast-check'
import {
  format,
  formatMilliseconds,
  fromMilliseconds,
  type Instant,
  InstantFromRfc3339,
  later,
  parseRfc3339,
} from '../../domain/instant.ts'
import { shown } from '../support/events/shown.ts'

describe('an RFC 3339 time', () => {
  const readable: readonly [string, string][] = [
    ['2015-02-25T11:06:39Z', '2015-02-25T11:06:39.000000Z'],
    ['2020-06-30T07:10:47.824723Z', '2020-06-30T07:10:47.824723Z'],
    ['2024-06-27T09:16:23+02:00', '2024-06-27T07:16:23.000000Z'],
    ['2024-06-26T22:16:23.5-11:30', '2024-06-27T09:46:23.500000Z'],
    ['2024-06-27t07:16:23z', '2024-06-27T07:16:23.000000Z'],
    ['2024-06-27T07:16:23.1234569Z', '2024-06-27T07:16:23.123456Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000000Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
  ]
  for (const [text, at] of readable) {
    it(`is ${at} where it reads ${text}`, () => {
      expect(shown(parseRfc3339(text))).to.equal(at)
    })
  }

  it('is none without a zone, on a day that does not exist, at an hour that does not exist', () => {
    const none = [
      '',
      '2024-06-27',
      '2024-06-27T09:16:23',
      '2024-06-27 09:16:23Z',
      '2024-06-27T09:16Z',
      '2024-06-27T09:16:23+0200',
      '2024-06-27T09:16:23.Z',
      '2023-02-29T00:00:00Z',
      '2024-02-30T00:00:00+02:00',
      '2024-04-31T00:00:00Z',
      '2024-13-01T00:00:00Z',
      '2024-01-00T00:00:00Z',
      '0000-00-00T00:00:00Z',
      '2024-06-27T24:00:00Z',
      '2024-06-27T25:00:00Z',
      '2024-06-27T09:60:00Z',
      '2024-06-27T09:16:23+24:00',
      '2024-06-27T09:16:23Zzz',
      '1771583207',
    ]
    for (const text of none) expect(parseRfc3339(text), text).to.equal(null)
  })

  /** Spelled with small letters a time is not read by the way that is taken for what was written here. */
  const readSlowly = (text: string): Instant | null => parseRfc3339(text.toLowerCase())
  const written = fc
    .integer({ min: -62_167_219_200_000_000, max: 253_402_300_799_000_000 })
    .map((microseconds) => format(microseconds as Instant))
  const character = fc.oneof(
    fc.constantFrom(...'0123456789', ...'x:-.TtZz+ /;', '\u0000', '٣', '３', '²'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  )
  const expectReadAlike = (text: string): void => {
    const instant = parseRfc3339(text)
    expect(instant, text).to.equal(readSlowly(text))
    if (instant !== null) expect(instant, text).to.satisfy(Number.isInteger)
  }

  it('is read alike the quick and the slow way, with any one of its characters replaced, added or missing', () => {
    fc.assert(
      fc.property(written, character, (text, by) => {
        for (let i = 0; i <= text.length; i++) {
          expectReadAlike(text.slice(0, i) + by + text.slice(i + 1))
          expectReadAlike(text.slice(0, i) + by + text.slice(i))
          expectReadAlike(text.slice(0, i) + text.slice(i + 1))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is read alike the quick and the slow way, whatever its digits', () => {
    const upTo = (max: number, width = 2) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(width, '0'))
    fc.assert(
      fc.property(
        fc.tuple(upTo(9999, 4), upTo(13), upTo(32), upTo(25), upTo(61), upTo(61), upTo(999_999, 6)),
        ([y, mo, d, h, mi, s, fraction]) => expectReadAlike(`${y}-${mo}-${d}T${h}:${mi}:${s}.${fraction}Z`),
      ),
      { numRuns: 3000 },
    )
  })

  it('is read alike the quick and the slow way, whatever its decimals and its zone', () => {
    const upTo = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'))
    const zone = fc.oneof(
      fc.constantFrom('Z', '', '+00', '-0000', '+02:0', '+02:000', '-02.00', '+02:00Z', ' +02:00'),
      fc.tuple(fc.constantFrom('+', '-'), upTo(25), upTo(61)).map(([sign, h, m]) => `${sign}${h}:${m}`),
    )
    const decimals = fc.oneof(
      fc.constantFrom('', '.', ',5', '..5', '.5x'),
      fc.stringMatching(/^\d{1,11}$/).map((some) => `.${some}`),
    )
    const date = fc.constantFrom('0000-01-01T00', '0001-01-01T00', '1969-12-31T23', '2024-02-29T12', '9999-12-31T23')
    fc.assert(
      fc.property(date, decimals, zone, (of, some, ahead) => expectReadAlike(`${of}:59:58${some}${ahead}`)),
      { numRuns: 5000 },
    )
  })

  it('is none with a letter in place of any digit', () => {
    const text = '2015-02-25T15:06:39.000000Z'
    for (const [i, unit] of [...text].entries()) {
      const spoilt = `${text.slice(0, i)}x${text.slice(i + 1)}`
      if (/[0-9]/.test(unit)) expect(parseRfc3339(spoilt), spoilt).to.equal(null)
    }
  })

  it('is never the number that is none', () => {
    expect(InstantFromRfc3339.is(Number.NaN)).to.equal(false)
    expect(InstantFromRfc3339.is(fromMilliseconds(1))).to.equal(true)
  })

  it('is none where it could not be written down again', () => {
    expect(parseRfc3339('9999-12-31T23:59:59.999999Z')).to.equal(null)
    expect(parseRfc3339('9999-12-31T23:59:59.999999+00:00')).to.equal(null)
    expect(parseRfc3339('9999-12-31T23:59:59Z')).to.be.a('number')
    expect(parseRfc3339('0000-01-01T00:00:00+02:00')).to.equal(null)
    expect(parseRfc3339('9999-12-31T23:59:59-02:00')).to.equal(null)
  })

  it('is read back from what format writes, to the microsecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2_000_000_000_000_000, max: 4_000_000_000_000_000 }), (microseconds) => {
        const instant = microseconds as Instant
        expect(parseRfc3339(format(instant))).to.equal(instant)
        expect(format(instant).startsWith(formatMilliseconds(instant).slice(0, -1))).to.equal(true)
      }),
    )
  })
})

describe('a time that is shown', () => {
  it('is spelled as Date spells it, in every year that can be written', () => {
    const [first, last] = [Date.parse('0000-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')]
    fc.assert(
      fc.property(fc.integer({ min: first, max: last }), (milliseconds) => {
        // From the year 2255 on not every microsecond is a number.
        const instant = fromMilliseconds(milliseconds)
        expect(formatMilliseconds(instant)).to.equal(new Date(Math.floor(instant / 1000)).toISOString())
      }),
      { examples: [[first], [last], [0], [-1], [86_399_999], [86_400_000]] },
    )
  })

  it('is spelled alike, however many days were shown before', () => {
    const shownOn = (day: number): string => formatMilliseconds(fromMilliseconds(day * 86_400_000))
    for (let day = 0; day < 25_000; day++) expect(shownOn(day)).to.equal(new Date(day * 86_400_000).toISOString())
    expect(shownOn(1)).to.equal('1970-01-02T00:00:00.000Z')
  })
})

describe('the later of two times', () => {
  it('is the one there is, where the other is missing', () => {
    const [early, late] = [fromMilliseconds(1), fromMilliseconds(2)]
    expect(later(early, late)).to.equal(late)
    expect(later(late, early)).to.equal(late)
    expect(later(null, early)).to.equal(early)
    expect(later(early, null)).to.equal(early)
    expect(later(null, null)).to.equal(null)
  })
})
