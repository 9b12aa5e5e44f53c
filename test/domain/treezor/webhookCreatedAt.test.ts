import { expect } from 'chai'
import fc from 'fast-check'
import { format, fromMilliseconds, type Instant, parseRfc3339 } from '../../../domain/instant.ts'
import { readWebhookCreatedAt } from '../../../domain/treezor/webhookCreatedAt.ts'
import { shown } from '../../support/events/shown.ts'

const claimed = (raw: unknown): Instant | null => {
  const created = readWebhookCreatedAt(raw)
  return created.claim === 'read' ? created.at : null
}

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

describe('a time that is written', () => {
  it('is read back, to the end of what webhook_created_at can claim', () => {
    for (const raw of [9_999_999_999, 9_999_999_999_999, 99_999_999_999_999, 10_000_000_000_000, 90_071_992_547_411]) {
      const instant = claimed(raw)
      expect(instant).to.be.a('number')
      expect(parseRfc3339(format(instant as Instant))).to.equal(instant)
    }
  })
})
