import { expect } from 'chai'
import fc from 'fast-check'
import { EventMetadata, metadataIn } from '../../../domain/event/metadata.ts'
import { decodeMetadata, readWritten } from '../../../domain/event/metadataText.ts'
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

  it('are told twice of one member the last time, as JSON has it', () => {
    const [metadata] = fc.sample(
      written.filter(({ format: of }) => of === 4),
      { numRuns: 1, seed: 1 },
    )
    const text = JSON.stringify(metadata)
    const twice = `${text.slice(0, -1)},"payloadHash":"another"}`
    expect(decodeMetadata(twice)).to.have.property('payloadHash', 'another')
  })

  it('of this service are spelled so that the quick way reads them', () => {
    const [metadata] = fc.sample(
      written.filter((one) => 'whole' in one && one.whole === null && one.webhookId === null),
      { numRuns: 1, seed: 1 },
    )
    const read = decodeMetadata(JSON.stringify(metadata))
    const text = JSON.stringify(EventMetadata.encode(read as EventMetadata))
    expect(decodeMetadata(text)).to.deep.equal(read)
  })
})
