import { expect } from 'chai'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { documentedNames, documentedText } from '../../src/sending/documentedWebhooks.ts'
import { readEnvelope } from '../../src/webhooks/envelope.ts'
import { type Skimmed, skim } from '../../src/webhooks/skim.ts'

const skimmed = (text: string): Skimmed => {
  const course = skim(text)
  for (;;) {
    const { done, value } = course.next()
    if (done === true) return value
  }
}

/** The same, of what `JSON.parse` makes of it. */
const parsed = (text: string): Skimmed => {
  const envelope = readEnvelope(text)
  if (E.isLeft(envelope)) return envelope.left
  if (envelope.right._tag === 'NoPayload') return envelope.right
  const { payloadText, signature } = envelope.right
  return { _tag: 'Webhook', payloadText, signature }
}

/** What is no signature is none, however it is told. */
const without = (of: Skimmed): Skimmed =>
  of._tag === 'Webhook' && (of.signature ?? '').length !== 44 ? { ...of, signature: null } : of

const isSame = (text: string): void => {
  expect(without(skimmed(text)), text.slice(0, 1000)).to.deep.equal(without(parsed(text)))
}

const SIGNATURE = 'q83v/EiWm0+vH9K1h0n9F9kCq3nq0V6mQ5l8f3yq2xw='
const PIECES = [
  ...'{}[]:,"\\ \t\n0-1.eE+/u',
  '"object_payload"',
  '"object_payload":',
  '"object\\u005fpayload":',
  '"object_payload_signature":',
  `"${SIGNATURE}"`,
  `"${SIGNATURE.replaceAll('/', '\\/')}"`,
  '"webhook":',
  '"webhook":{',
  'true',
  'nul',
  'null',
  '"\\u12G4"',
  '"\u0001"',
  '\ufeff',
  '\u00a0',
  'é',
]

/** JSON of such members in any order, some of them twice, each formatted in its own way. */
const webhookish = fc.letrec<{ object: string; value: string }>((tie) => ({
  object: fc
    .array(
      fc.tuple(
        fc.constantFrom(
          'object_payload',
          'object_payload_signature',
          'webhook',
          'x',
          'object\\u005fpayload',
          '__proto__',
        ),
        tie('value'),
      ),
      { maxLength: 5 },
    )
    .map((members) => `{${members.map(([name, value]) => ` "${name}" :\n${value}`).join(',')}}`),
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    fc.json({ maxDepth: 2 }),
    fc.constantFrom(`"${SIGNATURE}"`, `"${SIGNATURE.replaceAll('/', '\\/')}"`, '-0.0e-1', '""', '[]', '{}'),
    tie('object'),
  ),
})).object

describe('a body that is skimmed', () => {
  it('is what it is read as, where it is JSON', () => {
    fc.assert(fc.property(webhookish, isSame), { numRuns: 3000 })
  })

  it('is what it is read as, where it may be anything', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }), (pieces) => isSame(pieces.join(''))),
      { numRuns: 5000 },
    )
  })

  it('is what it is read as, with any one character changed', () => {
    fc.assert(
      fc.property(webhookish, fc.nat(), fc.constantFrom('', ...PIECES), (text, at, put) => {
        const i = at % (text.length + 1)
        isSame(text.slice(0, i) + put + text.slice(i + 1))
      }),
      { numRuns: 3000 },
    )
  })

  it('is what it is read as, of those that are documented', () => {
    for (const name of documentedNames) isSame(documentedText(name))
  })

  it('is not troubled by depth, by length, or by many members', () => {
    const million = 1 << 20
    for (const text of [
      '['.repeat(million),
      `${'['.repeat(million / 2)}${']'.repeat(million / 2)}`,
      `{"object_payload":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
      `{"object_payload":"${'/'.repeat(million)}","object_payload_signature":"${SIGNATURE}"}`,
      `{${Array.from({ length: 50_000 }, (_, i) => `"k${i}":${i}`).join(',')}}`,
      ' '.repeat(million),
    ])
      isSame(text)
  })

  it('lets others have their turn', () => {
    let turns = 0
    for (const _ of skim(`[${'1,'.repeat(500_000)}1]`)) turns += 1
    expect(turns).to.be.greaterThan(20)
  })
})
