import { expect } from 'chai'
import fc from 'fast-check'
import { parseDate } from '../../domain/calendar.ts'
import {
  format,
  formatMilliseconds,
  fromMilliseconds,
  type Instant,
  InstantFromRfc3339,
  later,
  parseRfc3339,
} from '../../domain/instant.ts'
import { parseParisTime } from '../../domain/treezor/parisTime.ts'
import { readWebhookCreatedAt } from '../../domain/treezor/webhookCreatedAt.ts'

const claimed = (raw: unknown): Instant | null => {
  const created = readWebhookCreatedAt(raw)
  return created.claim === 'read' ? created.at : null
}

const shown = (instant: Instant | null): string | null => (instant === null ? null : format(instant))

describe('webhook_created_at', () => {
  const readable: readonly [unknown, string][] = [
    [1771583207, '2026-02-20T10:26:47.000000Z'],
    [1724061955000, '2024-08-19T10:05:55.000000Z'],
    [17194725841286, '2024-06-27T07:16:24.128600Z'],
    [16539198620721, '2022-05-30T14:11:02.072100Z'],
    [1771583207.5, '2026-02-20T10:26:47.500000Z'],
    ['1771583207', '2026-02-20T10:26:47.000000Z'],
    ['1724061955000', '2024-08-19T10:05:55.000000Z'],
    ['17194725841286', '2024-06-27T07:16:24.128600Z'],
    ['1690000000.0000', '2023-07-22T04:26:40.000000Z'],
  ]
  for (const [raw, at] of readable) {
    it(`is ${at} where it reads ${JSON.stringify(raw)}`, () => {
      expect(shown(claimed(raw))).to.equal(at)
    })
  }

  it('is read where it is ISO 8601 with a zone, however that is spelled', () => {
    const spellings = [
      '2024-05-01T10:00:00Z',
      '2024-05-01T10:00:00.000000Z',
      '2024-05-01t10:00:00z',
      '2024-05-01 10:00:00Z',
      '2024-05-01T12:00:00+02:00',
      '2024-05-01T12:00:00+0200',
      '2024-05-01T12:00:00+02',
      '2024-05-01T05:30:00.000-04:30',
      '2024-05-01T10:00Z',
      '20240501T100000Z',
      '20240501T120000,0+0200',
      '2024-05-01T10:00:00.0000000000000Z',
    ]
    for (const raw of spellings) {
      expect(readWebhookCreatedAt(raw), raw).to.deep.equal({ claim: 'read', at: parseRfc3339('2024-05-01T10:00:00Z') })
    }
    expect(shown(claimed('2024-05-01T10:00:00,1234567891Z'))).to.equal('2024-05-01T10:00:00.123456Z')
  })

  it('is absent where it is missing, null or empty, and in no other case', () => {
    for (const raw of [undefined, null, '']) expect(readWebhookCreatedAt(raw)).to.deep.equal({ claim: 'absent' })
    fc.assert(
      fc.property(fc.jsonValue(), (raw) => {
        expect(readWebhookCreatedAt(raw).claim === 'absent').to.equal(raw === null || raw === '')
      }),
    )
  })

  const expectUnreadable = (raw: unknown, of = JSON.stringify(raw)): void => {
    expect(readWebhookCreatedAt(raw), of).to.deep.equal({ claim: 'unreadable' })
  }

  it('is unreadable at any magnitude but 10, 13 and 14 digits', () => {
    for (const digits of [1, 2, 8, 9, 11, 12, 15, 16, 17, 20]) {
      expectUnreadable(Number('1'.repeat(digits)), `${digits} digits`)
      expectUnreadable('1'.repeat(digits), `${digits} digits as text`)
    }
  })

  it('is unreadable where it is neither a number nor a time with a zone', () => {
    const others = [' ', ' 1771583207', '1771583207 ', '-1771583207', '1.771583207e9', '0x6998362700', '0000000001']
    const more = ['🙃', true, false, {}, [], [1771583207], Number.NaN, Number.POSITIVE_INFINITY, -1771583207, -1, 0]
    const times = [
      'yesterday',
      '2024-05-01',
      '2024-05-01T10:00:00',
      '2024-05-01 10:00:00',
      '2024-0501T10:00:00Z',
      '2024-05-01T1000:00Z',
      '2024-02-30T10:00:00Z',
      '2024-05-01T25:00:00Z',
      '2024-05-01T10:00:00+25:00',
      '20x4-05-01T10:00:00.000000Z',
      '9999-12-31T23:59:59-02:00',
    ]
    for (const raw of [...others, ...more, ...times]) expectUnreadable(raw)
  })

  it('is a number or nothing, whatever it holds', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789-:.,+TZ ') })
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.double(), text), (raw) => {
        const at = claimed(raw)
        if (at !== null) expect(at).to.satisfy(Number.isInteger)
      }),
      { numRuns: 2000 },
    )
  })

  it('is the same time in each of its units and as text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000_000_000, max: 9_000_000_000 }), (seconds) => {
        const expected = fromMilliseconds(seconds * 1000)
        for (const raw of [seconds, seconds * 1000, seconds * 10_000]) {
          expect(claimed(raw)).to.equal(expected)
          expect(claimed(String(raw))).to.equal(expected)
        }
      }),
    )
  })
})

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

describe('a time that is written', () => {
  it('is read back, to the end of what webhook_created_at can claim', () => {
    for (const raw of [9_999_999_999, 9_999_999_999_999, 99_999_999_999_999, 10_000_000_000_000, 90_071_992_547_411]) {
      const instant = claimed(raw)
      expect(instant).to.be.a('number')
      expect(parseRfc3339(format(instant as Instant))).to.equal(instant)
    }
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

  it('is within the hour of the change where that hour does not exist, or exists twice', () => {
    expect(shown(parseParisTime('2024-03-31 02:30:00'))).to.be.oneOf([
      '2024-03-31T00:30:00.000000Z',
      '2024-03-31T01:30:00.000000Z',
    ])
    expect(shown(parseParisTime('2024-10-27 02:30:00'))).to.be.oneOf([
      '2024-10-27T00:30:00.000000Z',
      '2024-10-27T01:30:00.000000Z',
    ])
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

describe('a date', () => {
  it('is kept where it names a day', () => {
    for (const date of ['2020-02-25', '2024-02-29', '9999-12-31']) expect(parseDate(date)).to.equal(date)
  })

  it('is none where it is zero, partial, impossible or something else', () => {
    const none = [
      '',
      '0000-00-00',
      '1989-00-00',
      '1989-05-00',
      '2023-02-29',
      '2024-13-01',
      '2024-6-1',
      '25-02-2020',
      '2020-02-25T00:00:00Z',
    ]
    for (const date of none) expect(parseDate(date), date).to.equal(null)
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
