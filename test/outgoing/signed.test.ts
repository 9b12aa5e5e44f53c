import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { readSigningKey, type SigningKey } from '../../src/config/signingKey.ts'
import { signedHeaders } from '../../src/outgoing/signed.ts'
import { left, right } from '../support/right.ts'

// The key with which Svix tests its server, and what it signs with it: the example in the specification.
const ED25519 = 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=='
const ED25519_PUBLIC = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4='
const SYMMETRIC = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const BODY = '{"test": 2432232314}'

const keyOf = (text: string): SigningKey => right(readSigningKey(text))
const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/** What a receiver does who follows the specification by himself. */
const verifiesWith = (
  publicKey: string,
  { id, timestamp, body }: Record<string, string>,
  signature: string,
): boolean => {
  const der = Buffer.concat([SPKI, Buffer.from(publicKey.slice('whpk_'.length), 'base64')])
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  return verify(null, Buffer.from(`${id}.${timestamp}.${body}`), key, Buffer.from(signature, 'base64'))
}

describe('the signatures of outgoing webhooks', () => {
  it('are those of the examples that other implementations are tested with', () => {
    const symmetric = signedHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_999, BODY, [keyOf(SYMMETRIC)])
    expect(symmetric).to.deep.equal({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
    const asymmetric = signedHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_000, BODY, [keyOf(ED25519)])
    expect(asymmetric['webhook-signature']).to.equal(
      'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
    )
  })

  it('are taken by standardwebhooks and by svix, by every secret in turn while one replaces another, an Ed25519 one beside', () => {
    fc.assert(
      fc.property(fc.json(), fc.uuid(), (body, id) => {
        const secrets = [newSecret(), newSecret()]
        const headers = signedHeaders(id, Date.now(), body, [...secrets, ED25519].map(keyOf))
        for (const secret of secrets) {
          for (const receiver of [new Webhook(secret), new SvixWebhook(secret)]) {
            receiver.verify(body, headers)
            expect(() => receiver.verify(`${body} `, headers)).to.throw('No matching signature')
            expect(() => receiver.verify(body, { ...headers, 'webhook-id': 'another' })).to.throw('No matching')
          }
        }
        expect(() => new Webhook(newSecret()).verify(body, headers)).to.throw('No matching signature')
        const [, , signature = ''] = headers['webhook-signature'].split(' ')
        const what = { id, timestamp: headers['webhook-timestamp'], body }
        expect(signature).to.match(/^v1a,/)
        expect(verifiesWith(ED25519_PUBLIC, what, signature.slice(4))).to.equal(true)
        expect(verifiesWith(ED25519_PUBLIC, { ...what, id: 'another' }, signature.slice(4))).to.equal(false)
      }),
      { numRuns: 20 },
    )
  })

  it('with Ed25519 alone are told from nothing by packages that know HMAC alone: they refuse them, and take none for right', () => {
    const headers = signedHeaders('one', Date.now(), '{}', [keyOf(ED25519)])
    for (const receiver of [new Webhook(SYMMETRIC), new SvixWebhook(SYMMETRIC)]) {
      expect(() => receiver.verify('{}', headers)).to.throw('No matching signature')
    }
  })
})

describe('a secret of outgoing webhooks', () => {
  it('shows the key that its receiver checks with, whether it is written with it or not', () => {
    const seed = Buffer.from(ED25519.slice('whsk_'.length), 'base64').subarray(0, 32)
    for (const text of [ED25519, `whsk_${seed.toString('base64')}`]) {
      expect(keyOf(text)).to.deep.include({ version: 'v1a', publicKey: ED25519_PUBLIC })
    }
  })

  it('is read whichever key it is, and never shows in JSON or in what Node prints', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const text = `whsk_${privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32).toString('base64')}`
    for (const secret of [text, newSecret(), SYMMETRIC]) {
      const key = keyOf(secret)
      expect(JSON.stringify(key)).to.not.include(secret.slice(8, 20))
    }
  })

  it('is refused for what is wrong with it, without a letter of it', () => {
    const wrong = {
      [ED25519_PUBLIC]: 'is a public key',
      whsec_c2hvcnQ: 'expected whsec_',
      [`whsec_${randomBytes(23).toString('base64')}`]: 'expected whsec_',
      [`whsec_${randomBytes(65).toString('base64')}`]: 'expected whsec_',
      [`whsec_${'%'.repeat(40)}`]: 'expected whsec_',
      [`whsk_${randomBytes(33).toString('base64')}`]: 'expected whsec_',
      [`${ED25519.slice(0, 60)}aaaaaaaaaa${ED25519.slice(70)}`]: 'is a whsk_ key of which the second half',
      [SYMMETRIC.slice('whsec_'.length)]: 'expected whsec_',
      [` ${SYMMETRIC}`]: 'expected whsec_',
      '': 'expected whsec_',
    }
    for (const [text, fault] of Object.entries(wrong)) {
      expect(left(readSigningKey(text))).to.match(new RegExp(`^${fault}`))
      if (text.length > 20) expect(left(readSigningKey(text))).to.not.include(text.slice(8, 20))
    }
    for (const text of [null, 5, {}, [SYMMETRIC]]) expect(left(readSigningKey(text))).to.match(/^expected whsec_/)
  })
})
