import { expect } from 'chai'
import fc from 'fast-check'
import { EventMetadata, metadataIn } from '../../../domain/event/metadata.ts'
import { decodeMetadata, metadataText, readWritten } from '../../../domain/event/metadataText.ts'
import { format, type Instant } from '../../../domain/instant.ts'
import { FAMILIES } from '../../../domain/treezor/family.ts'

const orNull = <A>(values: fc.Arbitrary<A>): fc.Arbitrary<A | null> => fc.option(values, { nil: null })
const time = fc
  .integer({ min: 1_500_000_000_000_000, max: 1_900_000_000_000_000 })
  .map((microseconds) => format(microseconds as Instant))
const word = fc.stringMatching(/^[a-z0-9=+/-]{0,44}$/)
const anyText = fc.oneof(word, fc.string({ unit: 'binary', maxLength: 8 }))
const userId = fc.stringMatching(/^[1-9]\d{0,18}$/)

const facts = { family: orNull(fc.constantFrom(...FAMILIES)), payloadHash: word }
const names = { webhookId: orNull(anyText), webhookCreatedAt: orNull(time) }
const dated = {
  claim: fc.constantFrom('read', 'unreadable', 'absent'),
  userId: orNull(userId),
  statedAt: orNull(time),
  statedBinds: fc.boolean(),
  receivedAt: time,
}
const echoOf = orNull(fc.integer({ min: -1, max: 1_000_000 }))
const recorded = (of: number) => ({ secret: word, format: fc.constant(of), recordedAt: time, echoOf })
const whole = orNull(fc.record({ stream: word, leaf: word }))

/** As each of them was written, members in their order. */
const written = fc.oneof(
  fc.record({
    ...facts,
    ...names,
    userId: orNull(userId),
    occurredAt: time,
    occurredAtSource: fc.constantFrom('webhook', 'payload', 'receipt'),
    disbelief: orNull(fc.constantFrom('later-than-receipt', 'earlier-than-payload')),
    ...recorded(1),
  }),
  fc.record({ ...facts, ...names, ...dated, ...recorded(2) }),
  fc.record({ ...facts, ...names, ...dated, ...recorded(3), salt: word }),
  fc.record({ ...facts, elementHash: orNull(word), ...names, ...dated, ...recorded(4), salt: word, whole }),
)

/** By the codecs alone. */
const decoded = (text: string): unknown => {
  try {
    return metadataIn(JSON.parse(text))
  } catch {
    return null
  }
}

/** What a value may be broken into. */
const other = fc.oneof(
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    1.5,
    1e21,
    '',
    '0',
    '007',
    'nobody',
    'kyc ',
    '2024-02-30T00:00:00.000000Z',
    [],
    {},
  ),
  fc.constantFrom(
    '2024-02-29T00:00:00Z',
    '2024-02-29T00:00:00+02:00',
    '2024-02-29t00:00:00z',
    '9999-12-31T23:59:59.999999Z',
  ),
  fc.integer(),
  anyText,
)

describe('metadata as they are written', () => {
  it('are spelled as JSON spells what the codec makes of them', () => {
    fc.assert(
      fc.property(written, (json) => {
        fc.pre(json.format === 4)
        const metadata = metadataIn(json) as EventMetadata
        expect(metadataText(metadata)).to.equal(JSON.stringify(json))
        expect(JSON.parse(metadataText(metadata))).to.deep.equal(EventMetadata.encode(metadata))
      }),
      { numRuns: 300 },
    )
  })

  it('are read by the quick way as the codecs read them, in each format', () => {
    fc.assert(
      fc.property(written, (metadata) => {
        const text = JSON.stringify(metadata)
        expect(decodeMetadata(text)).to.deep.equal(decoded(text)).and.not.equal(null)
      }),
      { numRuns: 500 },
    )
  })

  it('are read by the quick way where no text in them is escaped, and no part of a whole is told', () => {
    fc.assert(
      fc.property(written, (metadata) => {
        const text = JSON.stringify(metadata)
        fc.pre(!text.includes('\\') && !('whole' in metadata && metadata.whole !== null))
        expect(readWritten(text)).to.deep.equal(decoded(text))
      }),
    )
  })

  it('are read alike with any value of them replaced by another, and with members added, missing or in another order', () => {
    fc.assert(
      fc.property(
        written,
        fc.nat(),
        other,
        fc.constantFrom('replace', 'remove', 'add', 'move'),
        (metadata, at, by, how) => {
          const entries: [string, unknown][] = Object.entries(metadata)
          const index = at % entries.length
          const [entry = ['', null]] = entries.splice(index, 1)
          if (how === 'replace') entries.splice(index, 0, [entry[0], by])
          if (how === 'add') entries.splice(index, 0, ['origin', 'kyc-ledger'], entry)
          if (how === 'move') entries.push(entry)
          const text = JSON.stringify(Object.fromEntries(entries))
          expect(decodeMetadata(text), text).to.deep.equal(decoded(text))
        },
      ),
      { numRuns: 1500 },
    )
  })

  it('are read alike with any character of them replaced, added or missing, which may leave no JSON', () => {
    const unit = fc.oneof(
      fc.constantFrom(...'0123456789"\\{}[],:-.+eEnulZT \n\t\u0000é'),
      fc.string({ minLength: 1, maxLength: 1 }),
    )
    fc.assert(
      fc.property(written, unit, fc.nat(), (metadata, by, place) => {
        const text = JSON.stringify(metadata)
        const at = place % (text.length + 1)
        for (const to of [
          text.slice(0, at) + by + text.slice(at + 1),
          text.slice(0, at) + by + text.slice(at),
          text.slice(0, at) + text.slice(at + 1),
        ]) {
          expect(decodeMetadata(to), to).to.deep.equal(decoded(to))
        }
      }),
      { numRuns: 1500 },
    )
  })

  describe('of each format', () => {
    /** One of each format, with something in every member. */
    const texts = [1, 2, 3, 4].map((of) => {
      const [one] = fc.sample(
        written.filter((metadata) => metadata.format === of && !Object.values(metadata).includes(null)),
        { numRuns: 1, seed: 1 },
      )
      return JSON.stringify({ ...one, webhookId: 'id', ...(of === 4 ? { whole: null } : {}) })
    })
    const membersOf = (text: string): [string, unknown][] => Object.entries(JSON.parse(text))
    const expectAlike = (text: string): void => {
      expect(decodeMetadata(text), text).to.deep.equal(decoded(text))
    }

    it('are read by the quick way, and by neither with anything before or behind them but white space', () => {
      for (const text of texts) {
        expect(readWritten(text), text).to.deep.equal(decoded(text)).and.not.equal(null)
        for (const more of ['x', ',', '}', '{}', '0', '"', '\u0000', '\ufeff', text]) {
          expect(decodeMetadata(text + more), text + more).to.equal(null)
          expect(decodeMetadata(more + text), more + text).to.equal(null)
        }
        for (const spaced of [` ${text}`, `${text}\n`, text.replaceAll(',"', ' ,\t"')]) {
          expect(decodeMetadata(spaced), spaced).to.deep.equal(decoded(text))
        }
      }
    })

    it('say of a member that stands in them twice what stands there last, as JSON has it', () => {
      for (const text of texts) {
        for (const [name] of membersOf(text)) {
          for (const value of ['null', '0', '"another"', '"2024-02-29T00:00:00Z"', 'true']) {
            expectAlike(`${text.slice(0, -1)},"${name}":${value}}`)
            expectAlike(`{"${name}":${value},${text.slice(1)}`)
          }
        }
      }
    })

    it('are read alike with a letter of a name or a text escaped, and with members that nobody knows', () => {
      for (const text of texts) {
        for (let at = 0; at < text.length; at++) {
          if (!/[A-Za-z0-9]/.test(text.charAt(at))) continue
          const escaped = `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`
          expectAlike(text.slice(0, at) + escaped + text.slice(at + 1))
        }
        for (const member of ['"__proto__":{"format":1}', '"constructor":null', '"x":"\\""', '"":"\ud800"']) {
          expectAlike(`{${member},${text.slice(1)}`)
          expectAlike(`${text.slice(0, -1)},${member}}`)
        }
      }
    })

    it('are read alike with any of its values in another spelling, or none that may stand there', () => {
      const values = [
        ...[
          '-0',
          '1.0',
          '1e0',
          '0e0',
          '01',
          '-1',
          '1e400',
          '9007199254740993',
          '1234567890123456',
          '2.5',
          '""',
          '[]',
          '{}',
        ],
        ...[
          '"042"',
          '"0"',
          '"toString"',
          '"__proto__"',
          '"\\ud800"',
          '"\ud800"',
          '"a\\/b"',
          '"\u2028"',
          '"a\tb"',
          'null',
        ],
        ...[
          '"2023-02-29T00:00:00Z"',
          '"2024-02-29t00:00:00z"',
          '"0000-01-01T00:00:00+01:00"',
          '"2024-06-30T23:59:60Z"',
        ],
        ...['"9999-12-31T23:59:59.999999Z"', '"2024-06-30T24:00:00Z"', '"2024-06-30T12:00:00.123456789-11:30"'],
      ]
      for (const text of texts) {
        for (const [name, value] of membersOf(text)) {
          for (const other of values) {
            expectAlike(text.replace(`"${name}":${JSON.stringify(value)}`, () => `"${name}":${other}`))
          }
        }
      }
    })
  })
})
