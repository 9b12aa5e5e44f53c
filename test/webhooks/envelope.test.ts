import { expect } from 'chai'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { decodeUtf8, type Envelope, readEnvelope, type Webhook } from '../../src/webhooks/envelope.ts'
import { runsOf } from '../support/assertLaw.ts'

const read = (text: string): Envelope => {
  const envelope = readEnvelope(text)
  return E.isRight(envelope) ? envelope.right : expect.fail(`refused as ${envelope.left._tag}`)
}

const webhookOf = (text: string): Webhook => {
  const envelope = read(text)
  return envelope._tag === 'Webhook' ? envelope : expect.fail('no payload')
}

const refusal = (text: string): string => {
  const envelope = readEnvelope(text)
  return E.isLeft(envelope) ? envelope.left._tag : expect.fail('read')
}

const PAYLOAD = '{ "users": [ {"userId": "42", "effectiveBeneficiary": 0.00} ] }'
const FLAT = `{"webhook": "user.kycreview", "webhook_id": "abc", "webhook_created_at": 16539198620721, "object": "user",
  "object_id": "42", "object_payload": ${PAYLOAD}, "object_payload_signature": "c2ln"}`

describe('the envelope of a webhook', () => {
  it('gives what a flat webhook says, the payload as text and as value', () => {
    expect(read(FLAT)).to.deep.equal({
      _tag: 'Webhook',
      name: 'user.kycreview',
      webhookId: 'abc',
      webhookCreatedAt: 16539198620721,
      object: 'user',
      objectId: '42',
      payload: { users: [{ userId: '42', effectiveBeneficiary: 0 }] },
      payloadText: PAYLOAD,
      signature: 'c2ln',
      webhookText: FLAT,
    })
  })

  it('gives the same for the nested form', () => {
    const nested = `{"messageId":"m","webhookId":"other","webhook": ${FLAT} ,"clientId":"516899","object_payload":1}`
    expect(read(nested)).to.deep.equal(read(FLAT))
  })

  it('unwraps once', () => {
    expect(read(`{"webhook":{"webhook":${FLAT}}}`)).to.deep.equal({ _tag: 'NoPayload' })
    expect(webhookOf(`{"webhook":{"webhook":${FLAT},"object_payload":7}}`)).to.include({ name: null, payloadText: '7' })
  })

  it('leaves white space and a byte order mark around the body aside', () => {
    expect(read(`\ufeff\r\n ${FLAT}\n\n`)).to.deep.equal(read(FLAT))
    expect(refusal(`\ufeff\ufeff${FLAT}`)).to.equal('NotJson')
    expect(refusal(` \ufeff${FLAT}`)).to.equal('NotJson')
  })

  it('takes a missing, empty or ill-typed member as absent', () => {
    const absent = {
      name: null,
      webhookId: null,
      object: null,
      objectId: null,
      signature: null,
    }
    expect(webhookOf('{"object_payload":{}}')).to.include(absent)
    for (const value of ['""', 'null', 'true', '[]', '["x"]']) {
      const members = ['webhook', 'webhook_id', 'object', 'object_id', 'object_payload_signature']
      const body = `{${members.map((name) => `"${name}":${value}`).join(',')},"object_payload":{}}`
      expect(webhookOf(body), value).to.include(absent)
    }
    expect(webhookOf('{"object_payload":{},"object_payload_signature":1,"webhook":2,"object":3}')).to.include(absent)
  })

  it('gives numeric ids as the digits that were sent', () => {
    const body = '{"webhook_id":9007199254740993,"object_id": 12 ,"object_payload":{}}'
    expect(webhookOf(body)).to.include({ webhookId: '9007199254740993', objectId: '12' })
    expect(webhookOf('{"webhook_id":"12","object_id":0,"object_payload":{}}')).to.include({
      webhookId: '12',
      objectId: '0',
    })
  })

  it('gives the creation time as it was sent, whatever it is: what is no time must be told from what is not there', () => {
    for (const value of [1771583207, '1771583207', '2024-05-01T10:00:00Z', -1, '', null, true, {}, [1]]) {
      const body = JSON.stringify({ webhook_created_at: value, object_payload: {} })
      expect(webhookOf(body).webhookCreatedAt, body).to.deep.equal(value)
      expect(webhookOf(`{"webhook":${body}}`).webhookCreatedAt, body).to.deep.equal(value)
    }
    expect(webhookOf('{"object_payload":{}}').webhookCreatedAt).to.equal(undefined)
  })

  it('takes any JSON for a payload', () => {
    for (const payload of ['{}', '[]', 'null', 'true', '-0.10e1', '"}"', '{"a":[{"b":"]"}]}'])
      for (const [before, after] of [
        ['', ''],
        [' \n', '\t'],
      ])
        for (const body of [
          `{"object_payload":${before}${payload}${after}}`,
          `{"a":1,"object_payload"${before}:${payload}${after},"z":2}`,
        ])
          expect(webhookOf(body).payloadText, body).to.equal(payload)
  })

  it('finds the payload by its name as JSON reads it, whatever text looks like it', () => {
    const escaped = String.raw`{"object\u005fpaylo\u0061d": 5, "x": "\"object_payload\":6,", "y\\": {"object_payload": 7}}`
    expect(webhookOf(escaped)).to.include({ payload: 5, payloadText: '5' })
    const hidden = String.raw`{"x":"{\"object_payload\":1}","a":[{"object_payload":2}],"object_payload\u0000":3,"object_payload ":4}`
    expect(read(hidden)).to.deep.equal({ _tag: 'NoPayload' })
    expect(read(String.raw`{"\"object_payload":1,"\\":"\\","object_payload\\":2}`)).to.deep.equal({ _tag: 'NoPayload' })
  })

  it('keeps the last of duplicate members, text and value alike', () => {
    const body = String.raw`{"object_payload":1,"webhook_id":1,"object_payload":{"a":1},"object\u005fpayload":[ 2 ],"webhook_id":20}`
    expect(webhookOf(body)).to.deep.include({ payload: [2], payloadText: '[ 2 ]', webhookId: '20' })
    expect(read(`{"webhook":{"object_payload":1},"webhook":"a"}`)).to.deep.equal({ _tag: 'NoPayload' })
    expect(webhookOf(`{"webhook":"a","object_payload":0,"webhook":{"object_payload":1}}`).payloadText).to.equal('1')
    expect(webhookOf(`{"webhook":{"object_payload":1},"w\\u0065bhook":{"object_payload":2}}`).payload).to.equal(2)
  })

  it('is not moved by members named as the prototype is', () => {
    for (const name of ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString']) {
      expect(read(`{"${name}":{"object_payload":1,"webhook":{"object_payload":2}}}`)).to.deep.equal({
        _tag: 'NoPayload',
      })
      expect(webhookOf(`{"${name}":{"webhook_id":"x"},"object_payload":{"${name}":1}}`)).to.include({
        webhookId: null,
        payloadText: `{"${name}":1}`,
      })
    }
    expect(({} as Record<string, unknown>).object_payload).to.equal(undefined)
  })

  it('says so when an object holds no payload', () => {
    for (const body of [
      '{}',
      ' { } ',
      '{"Type":"SubscriptionConfirmation","SubscribeURL":"https://a.b"}',
      '{"webhook":{}}',
    ])
      expect(read(body)).to.deep.equal({ _tag: 'NoPayload' })
  })

  it('refuses what is not JSON, without a word of it', () => {
    for (const body of ['', ' ', 'birthday=1989', '{"a":1,}', "{'a':1}", '{"object_payload":{}} x', '{"a":"\u0000"}']) {
      expect(readEnvelope(body)).to.deep.equal(E.left({ _tag: 'NotJson' }))
    }
  })

  it('refuses JSON that is not an object', () => {
    for (const body of ['null', '1', '"object_payload"', 'true', '[]', `[${FLAT}]`])
      expect(readEnvelope(body)).to.deep.equal(E.left({ _tag: 'NotAWebhook' }))
  })

  it('reads deep nesting, and a million open brackets, without recursion', () => {
    const deep = `${'['.repeat(300_000)}${']'.repeat(300_000)}`
    expect(webhookOf(`{"a":${deep},"object_payload":${deep}}`).payloadText).to.equal(deep)
    expect(
      webhookOf(`{"object_payload":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`).payloadText,
    ).to.have.lengthOf(600_001)
    expect(refusal('['.repeat(1 << 20))).to.equal('NotJson')
  })

  it('gives for any object what JSON.parse gives: value and slice never part', () => {
    const name = fc.constantFrom(
      '"object_payload"',
      String.raw`"object\u005fpayload"`,
      '"webhook"',
      '"webhook_id"',
      '"__proto__"',
      '"a"',
      String.raw`"\\\""`,
      '"1"',
    )
    const space = fc.constantFrom('', '', ' ', '\n\t')
    const { value, object } = fc.letrec<{ value: string; object: string; member: string }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(
          '0.00',
          '-1e5',
          'null',
          'true',
          '""',
          String.raw`"\\"`,
          String.raw`"\",}]"`,
          '"object_payload"',
        ),
        fc.json(),
        fc.array(tie('value')).map((items) => `[${items.join(',')}]`),
        tie('object'),
      ),
      object: fc.tuple(fc.array(tie('member')), space).map(([members, s]) => `{${s}${members.join(',')}}`),
      member: fc
        .tuple(space, name, space, space, tie('value'), space)
        .map(([a, key, b, c, json, d]) => `${a}${key}${b}:${c}${json}${d}`),
    }))
    const body = fc.oneof(
      object,
      fc
        .tuple(object, value)
        .map(([webhook, other]) => `{"webhookId":1,"webhook":${webhook},"object_payload":${other}}`),
    )

    fc.assert(
      fc.property(body, (text) => {
        const root = JSON.parse(text)
        const inner = Object.hasOwn(root, 'webhook') ? root.webhook : null
        const webhook = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : root
        const envelope = read(text)
        expect(envelope._tag).to.equal(Object.hasOwn(webhook, 'object_payload') ? 'Webhook' : 'NoPayload')
        if (envelope._tag === 'NoPayload') return
        const json = JSON.stringify
        expect(json(envelope.payload)).to.equal(json(webhook.object_payload))
        expect(json(JSON.parse(envelope.payloadText))).to.equal(json(webhook.object_payload))
        expect(json(JSON.parse(envelope.webhookText))).to.equal(json(webhook))
        expect(envelope.payloadText).to.equal(envelope.payloadText.trim())
      }),
      { numRuns: runsOf(3000) },
    )
  })

  it('never throws, whatever the text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.string({ unit: fc.constantFrom(...'{}[]":,\\ a1') }),
    )
    fc.assert(
      fc.property(text, (body) => {
        readEnvelope(body)
      }),
    )
  })
})

describe('the bytes of a body', () => {
  it('are read as UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeUtf8(new TextEncoder().encode(text))).to.deep.equal(E.right(text))
      }),
    )
  })

  it('may be a view into a larger buffer', () => {
    expect(decodeUtf8(Buffer.from('xxKÖLNxx').subarray(2, -2))).to.deep.equal(E.right('KÖLN'))
  })

  it('are refused when they are not UTF-8', () => {
    for (const bytes of [
      [0xff],
      [0xc3],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xf5, 0x80, 0x80, 0x80],
      [0x22, 0xe9, 0x22],
    ])
      expect(decodeUtf8(Uint8Array.from(bytes))).to.deep.equal(E.left({ _tag: 'NotUtf8' }))
  })

  it('keep their byte order mark, which the envelope passes over', () => {
    const bytes = new TextEncoder().encode(`\ufeff${FLAT}`)
    const text = decodeUtf8(bytes)
    expect(E.isRight(text) && webhookOf(text.right).payloadText).to.equal(PAYLOAD)
  })
})
