import { expect } from 'chai'
import fc from 'fast-check'
import * as O from 'fp-ts/lib/Option.js'
import type { UserId } from '../../domain/identifiers.ts'
import { documentedNames, documentedText } from '../../src/sending/documentedWebhooks.ts'
import { type SignedWebhook, signedWebhook } from '../../src/sending/signedWebhook.ts'
import { readEnvelope, type Webhook } from '../../src/webhooks/envelope.ts'
import { verifySignature, webhookSecret } from '../../src/webhooks/signature.ts'
import { left, right } from '../support/right.ts'

const SECRET = 'a secret'
const USER = '4711' as UserId

const signed = (body: string, userId: UserId | null = null): SignedWebhook => right(signedWebhook(body, SECRET, userId))
const read = (body: string): Webhook => right(readEnvelope(body)) as Webhook
const verifies = (body: string): boolean => {
  const { payloadText, signature } = read(body)
  return O.isSome(verifySignature(payloadText, signature, [webhookSecret(SECRET)]))
}
const complaint = (body: string, userId: UserId | null = null): string => left(signedWebhook(body, SECRET, userId))
const webhook = (payload: string): string => `{"webhook":"user.kycreview","object_payload":${payload}}`

describe('a webhook that is signed to be sent', () => {
  for (const name of documentedNames)
    it(`${name}: verifies, and nothing but the signature was changed`, () => {
      const text = documentedText(name)
      const { body } = signed(text)
      expect(verifies(body)).to.equal(true)
      const { signature } = read(body)
      const { signature: documented } = read(text)
      // Two of the documented ones have no signature: it comes last.
      if (documented !== null) expect(body.replace(String(signature), documented)).to.equal(text)
      else expect(body).to.equal(text.replace(/\}\s*$/, `,"object_payload_signature":"${signature}"}\n`))
    })

  for (const name of documentedNames)
    it(`${name}: is about another user if asked, and differs in his id alone`, () => {
      const { body, remarks } = signed(documentedText(name), USER)
      expect(verifies(body)).to.equal(true)
      const before = documentedText(name).split('\n')
      const changed = body.split('\n').filter((line, at) => line !== before[at])
      for (const line of changed) {
        expect(line).to.match(
          /^ *("(userId|user_id|object_id)": ("4711"|4711),?|"object_payload_signature": .*|,"object_payload_signature":.*)$/,
        )
      }
      const isNumber = /"userId": \d/.test(documentedText(name))
      expect(/"userId": 4711/.test(body)).to.equal(isNumber)
      expect(remarks).to.have.length(name.startsWith('document.') ? 1 : 0)
    })

  it('carries a byte order mark to nobody, and keeps escapes, numbers and white space as they are', () => {
    const payload = '{ "users": [ {"userId":"1","a":1.0,"b":"\\u00e9\\/","userId":"1","c": 1e2 } ] }'
    const { body } = signed(`\ufeff${webhook(payload)}`, USER)
    expect(read(body).payloadText).to.equal(payload.replaceAll('"1"', '"4711"'))
    expect(verifies(body)).to.equal(true)
  })

  it('takes a key for one however it is spelled, and a text that looks like one for none', () => {
    const payload = '{"user\\u0049d":"7","note":"\\"userId\\":\\"7\\"","list":["userId","7"],"deep":[{"user_id":7}]}'
    expect(read(signed(webhook(payload), USER).body).payloadText).to.equal(
      '{"user\\u0049d":"4711","note":"\\"userId\\":\\"7\\"","list":["userId","7"],"deep":[{"user_id":4711}]}',
    )
  })

  it('is refused where nobody, or more than one, could be meant by another user', () => {
    expect(complaint(webhook('{"a":1}'), USER)).to.include('names no user')
    expect(complaint(webhook('{"userId":null}'), USER)).to.include('names no user')
    expect(complaint(webhook('{"users":[{"userId":"1"},{"userId":"2"}]}'), USER)).to.include('several')
    expect(complaint(webhook('{"userId":1}'), '1234567890123456789' as UserId)).to.include('too large')
  })

  it('is refused where it is none, and nothing of it is repeated', () => {
    for (const text of ['', 'Marie Bela', '[]', '"Marie Bela"', '{"userId":"1","name":"Marie Bela"}'])
      expect(complaint(text)).to.match(/^it is no webhook: [^M]*$/)
  })

  it('whatever JSON its payload is', () => {
    fc.assert(
      fc.property(fc.json(), (payload) => {
        expect(verifies(signed(webhook(payload)).body)).to.equal(true)
      }),
    )
  })
})
