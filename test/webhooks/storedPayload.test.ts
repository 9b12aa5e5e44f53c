import { expect } from 'chai'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { isAltered } from '../../domain/event/altered.ts'
import { readEvent } from '../../domain/event/kycEvent.ts'
import { asRead } from '../../src/eventStore/asRead.ts'
import { canonicalise, payloadHash } from '../../src/webhooks/canonicalJson.ts'
import { readEnvelope } from '../../src/webhooks/envelope.ts'
import { hasPayload, webhookWith } from '../../src/webhooks/storedPayload.ts'
import { storedEvent } from '../support/events/storedEvents.ts'
import { right } from '../support/right.ts'
import { documentedNames, documentedOfUser } from '../support/webhooks/documentedWebhooks.ts'
import { fixture, signed } from '../support/webhooks/webhookBuilders.ts'

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** What ingest stores of a documented webhook, where its payload stands in it, and the hash that it records. */
const received = documentedNames.map((name) => {
  const envelope = right(readEnvelope(signed(fixture(name))))
  if (envelope._tag !== 'Webhook') throw new Error(`${name} has no payload`)
  const { webhookText: text, payloadText } = envelope
  const start = text.indexOf(payloadText)
  return { name, text, start, end: start + payloadText.length, hash: payloadHash(canonicalise(payloadText)) }
})

/** White space between tokens, and a spelling of strings that Treezor does not use. */
const respelled = (payloadText: string): string =>
  JSON.stringify(JSON.parse(payloadText), null, 2)
    .replaceAll('/', '\\/')
    .replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`)

describe('the payload of a stored webhook', () => {
  it('is the one that was received as long as nothing is changed, and another hash is not its', () => {
    for (const { name, text, hash } of received) {
      expect(hasPayload(text, hash), name).to.equal(true)
      for (const other of received) expect(hasPayload(text, other.hash)).to.equal(other.hash === hash)
    }
  })

  it('is another one with any one character of its tokens changed, which may leave no JSON', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...received),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.oneof(
          fc.constantFrom(...'0123456789abcdefLR"\\/{}[],:-.+eE \n\t\u0000é'),
          fc.string({ minLength: 1, maxLength: 1 }),
        ),
        ({ text, start, end, hash }, place, unit) => {
          const at = start + Math.floor(place * (end - start))
          fc.pre(text[at] !== unit)
          const changed = text.slice(0, at) + unit + text.slice(at + 1)
          const payload = changed.slice(start, start + (end - start))
          const isSame = isJson(payload) && canonicalise(payload) === canonicalise(text.slice(start, end))
          expect(hasPayload(changed, hash)).to.equal(isSame)
        },
      ),
      { numRuns: 5000 },
    )
  })

  it('is another one with every digit and letter of it changed, one after the other', () => {
    for (const { name, text, start, end, hash } of received) {
      for (let at = start; at < end; at++) {
        const unit = text.charAt(at)
        if (!/[0-9A-Za-z]/.test(unit) || text[at - 1] === '\\') continue
        const changed = text.slice(0, at) + (unit === '2' ? '3' : '2') + text.slice(at + 1)
        expect(hasPayload(changed, hash), `${name} at ${at}: ${unit}`).to.equal(false)
      }
    }
  })

  it('is the same in another spelling, and whatever the envelope around it says', () => {
    for (const { name, text, start, end, hash } of received) {
      const spelled = `${text.slice(0, start)} \n${respelled(text.slice(start, end))}\t${text.slice(end)}`
      expect(JSON.parse(spelled), name).to.deep.equal(JSON.parse(text))
      expect(hasPayload(spelled, hash), name).to.equal(true)
      expect(hasPayload(text.replace(/"webhook":"[^"]*"/, '"webhook":"payin.create"'), hash), name).to.equal(true)
    }
  })

  it('is the last of two, as for whoever reads the webhook', () => {
    for (const { text, start, end, hash } of received) {
      const payload = text.slice(start, end)
      const before = `{"object_payload":{"users":[]},${text.slice(text.indexOf('{') + 1)}`
      const after = `${text.slice(0, -1)},"object\\u005fpayload":{"users":[]}}`
      expect(hasPayload(before, hash)).to.equal(true)
      expect(hasPayload(after, hash)).to.equal(false)
      expect(hasPayload(`{"webhook":{"object_payload":${payload}}}`, hash)).to.equal(false)
    }
  })

  it('is none in a text that holds none, whatever that is', () => {
    const [one] = received
    const hash = one?.hash ?? ''
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ':',
      ',',
      'object_payload',
      '"object_payload"',
      'u00',
      ' ',
    )
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(pieces, { maxLength: 40 }).map((all) => all.join('')),
    )
    fc.assert(
      fc.property(text, (stored) => {
        expect(hasPayload(stored, hash)).to.equal(false)
      }),
      { numRuns: 3000 },
    )
    expect(hasPayload(`[${one?.text ?? ''}]`, hash)).to.equal(false)
  })

  describe('told at once with its webhook', () => {
    const canonical = received.filter(
      ({ text, start, end }) => canonicalise(text.slice(start, end)) === text.slice(start, end),
    )
    /** What is told at once is so: the webhook that the text is, with the payload of that hash. */
    const expectTrue = (text: string, hash: string): void => {
      const told = webhookWith(text, hash)
      if (told === null) return
      expect(hasPayload(text, hash), text).to.equal(true)
      expect(told, text).to.deep.equal(JSON.parse(text))
    }

    it('is told of what the provider sends', () => {
      expect(canonical.length).to.be.greaterThan(10).and.lessThan(received.length)
      for (const { name, text, hash } of received) {
        expect(webhookWith(text, hash), name).to.deep.equal(JSON.parse(text))
        for (const other of received) if (other.hash !== hash) expect(webhookWith(text, other.hash)).to.equal(null)
      }
    })

    it('is not told of a text in which another member may be the payload, or which is no JSON', () => {
      for (const { text, start, end, hash } of canonical) {
        const payload = text.slice(start, end)
        const inner = text.slice(1, -1)
        const others = [
          `{${inner},"object\\u005fpayload":0}`,
          `{"object\\u005fpayload":0,"in":{${inner}}}`,
          `{"object_payload":0,"in":{${inner}}}`,
          `{"in":{${inner}}}`,
          `[${text}]`,
          `${text},`,
          `${text} x`,
          text.slice(0, -1),
          `{"a":"\\"object_payload":${payload}}`,
          `{"object_payload":${payload},"object_payload":0}`,
          `{"object_payload":${payload},"webhook":{"object_payload":{}}}`,
        ]
        for (const other of others) {
          expect(webhookWith(other, hash), other).to.equal(null)
        }
      }
    })

    it('is not told by the hash of more than the payload: white space around it, or the members behind it', () => {
      for (const { text, start, end, hash } of canonical) {
        const payload = text.slice(start, end)
        for (const more of [` ${payload}`, `${payload} `, `${payload},"x":{}`, `${payload},"webhook":{"a":{}}`]) {
          const longer = `{"object_payload":${more}}`
          expect(JSON.parse(longer).object_payload).to.deep.equal(JSON.parse(payload))
          expect(webhookWith(longer, payloadHash(more as ReturnType<typeof canonicalise>)), longer).to.equal(null)
        }
        expect(webhookWith(`{"object_payload":${payload}}`, hash)?.object_payload).to.deep.equal(JSON.parse(payload))
      }
    })

    it('is not told by the hash of what ends with a brace in a text, whatever stands behind that', () => {
      const part = '{"a":"}'
      for (const behind of ['\\"b', '\\\\"', ',\\"b', ']\\"b', ',{\\"b', ' \\"b', '{\\"b', '}', ',', 'b']) {
        const text = `{"object_payload":${part}${behind}${behind.endsWith('\\\\"') ? '' : '"'}},"c":1}`
        expect(() => JSON.parse(text), text).to.not.throw()
        expect(webhookWith(text, payloadHash(part as ReturnType<typeof canonicalise>)), text).to.equal(null)
      }
    })

    it('is true where braces stand in texts, with the hash of anything that ends with one', () => {
      let told = 0
      const word = fc
        .array(fc.constantFrom('{"a', '{', '}', '},"b', '}]', '},{"c', ',"d', ']', ':', '\\', '"', 'e', ' '), {
          maxLength: 4,
        })
        .map((pieces) => pieces.join(''))
      const name = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('a', 'b', 'c') }, { weight: 1, arbitrary: word })
      const { value } = fc.letrec((tie) => ({
        value: fc.oneof(
          { depthSize: 'small' },
          word,
          fc.constantFrom(0, null),
          fc.array(tie('value'), { maxLength: 3 }),
          fc.dictionary(name, tie('value'), { maxKeys: 3 }),
        ),
      }))
      const object = fc.dictionary(name, value, { maxKeys: 4 })
      const beside = fc.oneof(object, fc.dictionary(name, fc.oneof(fc.constant('}'), word), { maxKeys: 1 }))
      fc.assert(
        fc.property(object, beside, beside, fc.nat(), (payload, before, behind, cut) => {
          const text = JSON.stringify({ ...before, object_payload: payload, ...behind })
          const hash = payloadHash(canonicalise(JSON.stringify(payload)))
          expectTrue(text, hash)
          if (webhookWith(text, hash) !== null) told += 1
          const start = text.indexOf('"object_payload":') + '"object_payload":'.length
          const ends = [...text.matchAll(/}/g)].map(({ index }) => index + 1).filter((end) => end > start)
          const end = ends[cut % Math.max(1, ends.length)] ?? text.length
          expectTrue(text, payloadHash(text.slice(start, end) as ReturnType<typeof canonicalise>))
        }),
        { numRuns: 3000, seed: 1 },
      )
      expect(told).to.be.greaterThan(100)
    })

    it('is true of any text, with the hash of any part of it', () => {
      const unit = fc.constantFrom(...'{}[],:"\\ 0u5fe')
      const piece = fc.oneof(
        unit,
        fc.constantFrom(
          '},"object":1',
          '},"webhook":""',
          '"object_payload":{',
          '"object_payload":',
          '\\u005f',
          '{"a":{}}',
        ),
      )
      fc.assert(
        fc.property(
          fc.constantFrom(...canonical),
          fc.nat(),
          fc.nat(),
          fc.array(piece, { maxLength: 4 }),
          fc.nat(),
          fc.nat(),
          (one, at, less, pieces, from, length) => {
            const place = at % (one.text.length + 1)
            const text = one.text.slice(0, place) + pieces.join('') + one.text.slice(place + (less % 3))
            expectTrue(text, one.hash)
            const start = text.indexOf('"object_payload":') + '"object_payload":'.length
            const ends = [...text.matchAll(/},"(?:object|webhook)/g)].map(({ index }) => index + 1)
            const end = ends[from % Math.max(1, ends.length)] ?? length % (text.length + 1)
            expectTrue(text, payloadHash(text.slice(start, end) as ReturnType<typeof canonicalise>))
          },
        ),
        { numRuns: 3000 },
      )
    })
  })

  it('is asked of an event as a store reads it; metadata without a hash say nothing', () => {
    for (const name of documentedNames) {
      const { data, metadata, eventId } = storedEvent(documentedOfUser(name), { user: null })
      const read = (texts: object) => asRead({ eventId, type: name, data, metadata, ...texts }, 'kyc-1', 0, '1')
      expect(isAltered(read({})), name).to.equal(false)
      expect(isAltered(read({ data: '' })), name).to.equal(true)
      expect(isAltered(read({ data: '{"webhook":"user.kycreview"}' })), name).to.equal(true)
      expect(isAltered(read({ metadata: metadata.replace(/"payloadHash":"./, '"payloadHash":"x') })), name).to.equal(
        true,
      )
      expect(isAltered(read({ data: '', metadata: '{"origin":"kyc-ledger","format":2}' })), name).to.equal(false)
      expect(Object.keys(read({})).sort()).to.deep.equal(
        ['data', 'eventId', 'metadata', 'position', 'revision', 'stream', 'type'].sort(),
      )
    }
  })

  it('of an event that holds a part is the one that the hash of the part names, and never the whole', () => {
    const { data, metadata, eventId } = storedEvent(documentedOfUser('user.kycreview'), { user: null })
    const { webhook_id: _id, ...plain } = JSON.parse(data)
    const text = JSON.stringify({ ...plain, object_payload: { users: [] } })
    const hashes = { payloadHash: payloadHash(canonicalise('{"users":[]}')), elementHash: 'f'.repeat(64) }
    const read = (named: object) =>
      asRead(
        { eventId, type: '', data: text, metadata: JSON.stringify({ ...JSON.parse(metadata), ...named }) },
        'kyc-1',
        0,
        '1',
      )
    for (const [event, altered] of [
      [read(hashes), true],
      [read({ ...hashes, elementHash: null }), false],
      [read({ payloadHash: hashes.elementHash, elementHash: hashes.payloadHash }), false],
    ] as const) {
      expect([isAltered(event), E.isLeft(readEvent(event))]).to.deep.equal([altered, altered])
    }
  })
})
