import { createHmac } from 'node:crypto'
import { inspect } from 'node:util'
import { expect } from 'chai'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import { documentedNames, documentedText } from '../../src/sending/documentedWebhooks.ts'
import { canonicalise, payloadHash } from '../../src/webhooks/canonicalJson.ts'
import { readEnvelope, type Webhook } from '../../src/webhooks/envelope.ts'
import { sign, verifySignature, webhookSecret } from '../../src/webhooks/signature.ts'

const SECRET = 'treezor-test-secret'
const SECRETS = [webhookSecret(SECRET)]
const VECTOR = String.raw`{"users":[{"userId":"42","city":"Orl\u00e9ans \ud83d\ude00","url":"https:\/\/a.b\/c","tags":[],"note":null,"kycLevel":"2"}]}`
const VECTOR_SIGNATURE = '8B1KClMHcg3OEMn7v0rmETeeLZ/aSN501Rn93Amyv3s='

const verifies = (payloadText: string, signature: string | null, secrets = SECRETS): boolean =>
  O.isSome(verifySignature(payloadText, signature, secrets))

/** Gives numbers below `n`, the same ones for the same seed. */
type Dice = (n: number) => number
const dice = fc.integer().map((seed): Dice => {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 16) % n
  }
})

const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/gs
const SPACES = ['', '', '', ' ', '\n', '\t', '\r\n  ']

/** The same tokens in another dress: random white space, each character raw or escaped in some way JSON allows. */
const reformat = (json: string, roll: Dice): string => {
  const space = () => SPACES[roll(SPACES.length)]
  const respell = (unit: string): string => {
    const hex = unit.charCodeAt(0).toString(16).padStart(4, '0')
    const plain = unit === '/' ? ['/', '\\/'] : [JSON.stringify(unit).slice(1, -1)]
    const ways = [...plain, ...plain, ...plain, `\\u${hex}`, `\\u${hex.toUpperCase()}`]
    return ways[roll(ways.length)] as string
  }
  const respellString = (token: string) => `"${(JSON.parse(token) as string).split('').map(respell).join('')}"`
  return json.replace(TOKEN, (token) => space() + (token.startsWith('"') ? respellString(token) : token) + space())
}

const hostileString = fc
  .array(fc.oneof(fc.constantFrom('"', '\\', '/', '\\/', '\ud800', '\udc00', '😀', 'é', '\n', '\u2028'), fc.string()))
  .map((parts) => parts.join(''))
const payload = fc
  .oneof(
    fc.jsonValue({ stringUnit: 'binary' }),
    fc.anything({ key: hostileString, values: [hostileString, fc.double({ noNaN: true }), fc.constant(null)] }),
  )
  .map((value) => JSON.stringify(value))

describe('the signature of a payload', () => {
  it('is the one of the known vector', () => {
    expect(sign(VECTOR, SECRET)).to.equal(VECTOR_SIGNATURE)
    expect(verifies(VECTOR, VECTOR_SIGNATURE)).to.equal(true)
  })

  it('is the HMAC of the canonical text, however long that and the secret are', () => {
    const secret = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }),
      fc.constantFrom(...[63, 64, 65, 200].map((length) => 's'.repeat(length)), 'é'.repeat(32), 'é'.repeat(33)),
    )
    const text = fc.oneof(
      payload,
      fc.constantFrom(...[8189, 8190, 8191, 8193].map((length) => `"${'€'.repeat(length)}"`)),
    )
    fc.assert(
      fc.property(secret, text, (key, json) => {
        const canonical = canonicalise(json)
        expect(sign(json, key)).to.equal(createHmac('sha256', key).update(canonical).digest('base64'))
        const signature = createHmac('sha256', key).update(json).digest('base64')
        expect(verifies(json, signature, [webhookSecret('another'), webhookSecret(key)])).to.equal(json.isWellFormed())
      }),
    )
  })

  it('shows nothing of its secret to whoever writes that down', () => {
    const secret = webhookSecret(SECRET)
    expect(JSON.parse(JSON.stringify(secret))).to.deep.equal({ key: {}, fingerprint: secret.fingerprint })
    expect(inspect(secret, { depth: null })).to.not.match(/Buffer|Uint8Array|treezor-test/)
  })

  it('holds for the vector written as a browser or a person would write it', () => {
    const value = JSON.parse(VECTOR)
    expect(verifies(JSON.stringify(value), VECTOR_SIGNATURE)).to.equal(true)
    expect(verifies(JSON.stringify(value, null, 2), VECTOR_SIGNATURE)).to.equal(true)
    expect(verifies(VECTOR.replace('\\u00e9', '\\u00E9'), VECTOR_SIGNATURE)).to.equal(true)
  })

  it('holds for any formatting that keeps the tokens, and all of them share one identity', () => {
    fc.assert(
      fc.property(payload, dice, (text, roll) => {
        const [signed, received] = [reformat(text, roll), reformat(text, roll)]
        const verified = verifySignature(received, sign(signed, SECRET), SECRETS)
        expect(verified).to.deep.equal(
          O.some({ secretFingerprint: SECRETS[0]?.fingerprint, canonical: canonicalise(text) }),
        )
      }),
      { numRuns: 1000 },
    )
  })

  it('holds for the raw slice of a producer that spells differently, whose identity is the canonical form still', () => {
    const text = '{"users": [{"city": "Orléans/Nord", "note": "\\u007f"}]}'
    const hmacOfRaw = '2d1o0EgEZLpRF6AhOwttXLViCUSPokhKxzzrSDEGeSQ='
    expect(verifySignature(text, hmacOfRaw, SECRETS)).to.deep.equal(
      O.some({ secretFingerprint: SECRETS[0]?.fingerprint, canonical: canonicalise(text) }),
    )
    expect(verifies(text.replace(': ', ':'), hmacOfRaw)).to.equal(false)
  })

  it('does not take a raw lone surrogate for the replacement character', () => {
    const hmacOfReplacement = 'KwWCf0ymfbwAP4KiJL4pF7JyQ2+ZdDo2/AI06Fri6yc='
    expect(verifies('"\ufffd"', hmacOfReplacement)).to.equal(true)
    expect(verifies('"\ud800"', hmacOfReplacement)).to.equal(false)
  })

  it('breaks with any one character that changes the value', () => {
    const alphabet = ['0', '1', '9', 'a', 'B', '"', '\\', '/', ',', '{', ']', 'é', '\u007f', 'u', '-', ' ']
    const value = JSON.stringify(JSON.parse(VECTOR))
    let changes = 0
    for (let i = 0; i < VECTOR.length; i++)
      for (const insert of ['', ...alphabet])
        for (const removed of [0, 1]) {
          const changed = VECTOR.slice(0, i) + insert + VECTOR.slice(i + removed)
          if (!isJson(changed) || JSON.stringify(JSON.parse(changed)) === value) continue
          changes++
          if (verifies(changed, VECTOR_SIGNATURE)) expect.fail(`taken: ${changed}`)
        }
    expect(changes).to.be.greaterThan(1000)
  })

  it('breaks with another spelling of a number, another order or another count of keys', () => {
    const signature = sign('{"a":0.00,"a":1e2,"b":{}}', SECRET)
    const others = [
      '{"a":0,"a":1e2,"b":{}}',
      '{"a":0.00,"a":100,"b":{}}',
      '{"a":0.00,"a":1E2,"b":{}}',
      '{"a":1e2,"b":{}}',
      '{"b":{},"a":0.00,"a":1e2}',
      '{"a":0.00,"a":1e2,"b":[]}',
    ]
    for (const other of others) expect(verifies(other, signature), other).to.equal(false)
  })

  it('is refused when missing, empty or not a text', () => {
    for (const signature of [null, '', undefined, 0, {}, [VECTOR_SIGNATURE]])
      expect(verifies(VECTOR, signature as string | null)).to.equal(false)
  })

  it('is refused in any other form than padded standard base64', () => {
    const refused = [
      VECTOR_SIGNATURE.slice(0, -1),
      VECTOR_SIGNATURE.slice(0, -2),
      `${VECTOR_SIGNATURE}=`,
      `${VECTOR_SIGNATURE} `,
      `${VECTOR_SIGNATURE}\n`,
      ` ${VECTOR_SIGNATURE.slice(0, -1)}`,
      VECTOR_SIGNATURE.replace('/', '_'),
      VECTOR_SIGNATURE.replace('/', '\u012f'), // its low byte is a slash
      VECTOR_SIGNATURE.replace('s=', 't='), // decodes to the same bytes
      VECTOR_SIGNATURE.toLowerCase(),
      'é'.repeat(22),
      Buffer.from(VECTOR_SIGNATURE, 'base64').toString('hex'),
    ]
    for (const signature of refused) expect(verifies(VECTOR, signature), signature).to.equal(false)
  })

  it('is refused under another secret, and under none', () => {
    expect(verifies(VECTOR, VECTOR_SIGNATURE, [webhookSecret(`${SECRET} `)])).to.equal(false)
    expect(verifies(VECTOR, VECTOR_SIGNATURE, [])).to.equal(false)
  })

  it('may come from any active secret, and the one that matched is named', () => {
    const next = webhookSecret('the next secret')
    for (const secrets of [
      [next, ...SECRETS],
      [...SECRETS, next],
    ]) {
      expect(verifySignature(VECTOR, VECTOR_SIGNATURE, secrets)).to.have.nested.property(
        'value.secretFingerprint',
        SECRETS[0]?.fingerprint,
      )
      expect(verifySignature(VECTOR, sign(VECTOR, 'the next secret'), secrets)).to.have.nested.property(
        'value.secretFingerprint',
        next.fingerprint,
      )
    }
  })

  it('needs a secret that is not empty', () => {
    expect(() => webhookSecret('')).to.throw(RangeError)
  })

  it('names a secret by eight hex digits', () => {
    expect(webhookSecret(SECRET).fingerprint).to.equal('6f35a1f6')
  })

  it('is read from deep nesting', () => {
    const deep = `${'[ '.repeat(200_000)}${']'.repeat(200_000)}`
    expect(verifies(deep, sign(canonicalise(deep), SECRET))).to.equal(true)
  })
})

describe('the hash of a payload', () => {
  it('is SHA-256 of the canonical form', () => {
    expect(payloadHash(canonicalise(JSON.stringify(JSON.parse(VECTOR))))).to.equal(
      '6d9be93fbac3974c0c5035d338aba8d18c375777a2899e4b30010c51c02bf4c5',
    )
  })
})

describe('the documented webhooks', () => {
  it('are nineteen', () => {
    expect(documentedNames).to.have.lengthOf(19)
  })

  for (const name of documentedNames)
    it(`${name} verifies in any formatting, flat or nested, with its members in any order`, () => {
      const documented = JSON.parse(documentedText(name))
      const flat = typeof documented.webhook === 'object' ? documented.webhook : documented
      const signed = { ...flat, object_payload_signature: sign(JSON.stringify(flat.object_payload), SECRET) }
      const shuffled = (value: object) =>
        fc.shuffledSubarray(Object.entries(value), { minLength: Object.keys(value).length }).map(Object.fromEntries)
      const body = shuffled(signed).chain((webhook) =>
        fc.oneof(fc.constant(webhook), shuffled({ messageId: 'm', webhookId: 'w', webhook, clientId: '516899' })),
      )

      fc.assert(
        fc.property(body, dice, (value, roll) => {
          const envelope = readEnvelope(reformat(JSON.stringify(value), roll))
          const webhook = (E.isRight(envelope) ? envelope.right : expect.fail('not read')) as Webhook
          expect(webhook).to.include({
            _tag: 'Webhook',
            name: flat.webhook,
            webhookId: flat.webhook_id ?? null,
            webhookCreatedAt: flat.webhook_created_at,
            object: flat.object,
            objectId: flat.object_id,
          })
          expect(webhook.payload).to.deep.equal(flat.object_payload)
          expect(verifies(webhook.payloadText, webhook.signature)).to.equal(true)
          expect(JSON.parse(webhook.webhookText)).to.deep.equal(signed)
        }),
        { numRuns: 30 },
      )
    })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
