import { createHash, generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import { type CryptoKey, exportSPKI, importJWK, SignJWT } from 'jose'
import {
  AUDIENCE,
  ISSUER,
  type IssuerKey,
  type IssuerServer,
  newIssuerKey,
  startIssuer,
  tokenBy,
} from '../support/access/issuer.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { expectProblem } from '../support/service/answers.ts'
import { type Service, startService } from '../support/service/service.ts'
import { type TreezorApi, treezorApi } from '../support/treezorApi/treezorApi.ts'
import { badlySigned, newUser, request } from '../support/webhooks/webhookBuilders.ts'

const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex')
const API_KEYS = `shop:kyc:read+metrics:read:${sha256('shop')}`
const inSeconds = (): number => Math.floor(Date.now() / 1000)

describe('tokens', () => {
  const user = newUser()
  let issuer: IssuerServer
  let provider: TreezorApi
  let [ec, rsa]: readonly IssuerKey[] = []
  let service: Service
  const keys = (): readonly [IssuerKey, IssuerKey] => {
    if (ec === undefined || rsa === undefined) throw new Error('no keys yet')
    return [ec, rsa]
  }
  before(async () => {
    ec = await newIssuerKey('2026-a')
    rsa = await newIssuerKey('2026-b', 'RS256')
    issuer = await startIssuer([ec, rsa])
    provider = await treezorApi()
    provider.setUser(user, {})
    service = await startService(newDirectory(), {
      ...issuer.env,
      ...provider.environment,
      API_KEYS,
      JWT_TYPE: 'at+jwt',
      JWT_CLOCK_TOLERANCE: '5',
    })
    await service.deliver(request(user))
    await service.projected({ authorization: 'Bearer shop' })
  })
  after(async () => {
    await service.stop()
    await issuer.close()
    await provider.close()
  })
  const token = (claims: Parameters<typeof tokenBy>[1] = {}, header = {}): Promise<string> =>
    tokenBy(keys()[0], claims, header)
  const ask = (presented: string, path = `/users/${user}/kyc`): Promise<Response> =>
    service.get(path, { authorization: `Bearer ${presented}` })
  const statusOf = async (presented: string, path?: string): Promise<number> => {
    const response = await ask(presented, path)
    await response.arrayBuffer()
    return response.status
  }
  const refusals = async (): Promise<Readonly<Record<string, number>>> => {
    const text = await (await ask('shop', '/metrics')).text()
    return Object.fromEntries(
      [...text.matchAll(/^kyc_authorization_refused_total\{reason="([^"]+)"\} (\d+)$/gm)].map(
        ([, reason = '', count]) => [reason, Number(count)],
      ),
    )
  }

  it('that name a key which cannot be used fill no log', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const weak = {
      ...keys()[1],
      kid: 'weak',
      jwk: { ...publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256' },
    }
    issuer.publish([...keys(), weak])
    const named = await tokenBy(weak)
    const lines = (): number => service.stdout().split('a token could not be checked').length - 1
    await untilTrue('the key is known', async () => (await statusOf(named)) === 503 && lines() > 0)
    for (let times = 0; times < 610; times += 1) expect(await statusOf(named)).to.equal(503)
    await untilTrue('as many lines as there may be', () => lines() >= 600)
    expect(lines()).to.equal(600)
    expect(await statusOf(await token())).to.equal(200)
    issuer.publish(keys())
  })

  it('open what their scopes say and nothing else, beside keys', async () => {
    expect(await statusOf(await token())).to.equal(200)
    expect(await statusOf(await tokenBy(keys()[1]))).to.equal(200)
    expect(await statusOf(await token({ scope: 'openid audit:read kyc:write' }))).to.equal(403)
    expect(await statusOf(await token({ scope: 'openid audit:read' }), `/users/${user}/events`)).to.equal(200)
    expect(await statusOf(await token({ scope: 'auditor' }), `/users/${user}/events`)).to.equal(200)
    expect(await statusOf('shop')).to.equal(200)
  })

  it('are asked of their issuer once, not for each', async () => {
    const before = issuer.asked()
    for (let i = 0; i < 20; i++) expect(await statusOf(await token({ jti: String(i) }))).to.equal(200)
    expect(issuer.asked()).to.equal(before)
  })

  it('that are not right are refused, each with what is wrong with it, and counted by that', async () => {
    const [own] = keys()
    const foreign = await newIssuerKey(own.kid)
    const unknown = await newIssuerKey('2019-x')
    const good = await token()
    const [head = '', body = '', signature = ''] = good.split('.')
    const secretOfPublicKey = new TextEncoder().encode(await exportSPKI((await importJWK(keys()[1].jwk)) as CryptoKey))
    const now = inSeconds()
    const usual = { iss: ISSUER, aud: AUDIENCE, sub: 'alice', exp: now + 300, scope: 'kyc:read' }
    const encoded = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')
    const table: readonly (readonly [reason: string, presented: string, description: RegExp])[] = [
      ['token-expired', await token({ exp: now - 6 }), /expired/],
      ['token-not-yet-valid', await token({ nbf: now + 60 }), /not valid yet/],
      ['token-issuer', await token({ iss: `${ISSUER}/` }), /another issuer/],
      ['token-issuer', await token({ iss: undefined }), /another issuer/],
      ['token-audience', await token({ aud: 'another' }), /another audience/],
      ['token-audience', await token({ aud: ['another', `${AUDIENCE}2`] }), /another audience/],
      ['token-audience', await token({ aud: undefined }), /another audience/],
      ['token-claim', await token({ exp: undefined }), /exp/],
      ['token-claim', await token({ sub: undefined }), /sub/],
      ['token-claim', await token({ sub: '' }), /sub/],
      ['token-claim', await token({ sub: 'a\nb' }), /sub/],
      ['token-claim', await token({ cnf: { jkt: 'x' } }), /cnf/],
      ['token-type', await token({}, { typ: 'JWT' }), /typ/],
      ['token-type', await token({}, { typ: undefined }), /typ/],
      ['token-signature', await tokenBy(foreign), /signature/],
      ['token-signature', `${head}.${encoded({ ...usual, scope: 'audit:read' })}.${signature}`, /signature/],
      [
        'token-signature',
        `${encoded({ alg: 'ES256', kid: own.kid, typ: 'at+jwt', jwk: foreign.jwk })}.${body}.${signature}`,
        /signature/,
      ],
      ['token-unknown-key', await tokenBy(unknown), /kid/],
      ['token-algorithm', `${encoded({ alg: 'none', typ: 'at+jwt' })}.${body}.`, /ES256 or RS256/],
      ['token-algorithm', `${encoded({ alg: 'ES384', typ: 'at+jwt' })}.${body}.${signature}`, /ES256 or RS256/],
      // The public key, which everybody has, is no secret to sign with.
      [
        'token-algorithm',
        await new SignJWT(usual)
          .setProtectedHeader({ alg: 'HS256', kid: keys()[1].kid, typ: 'at+jwt' })
          .sign(secretOfPublicKey),
        /ES256 or RS256/,
      ],
      [
        'token-malformed',
        `${encoded({ alg: 'ES256', crit: ['x'], x: 1, kid: own.kid })}.${body}.${signature}`,
        /cannot be read/,
      ],
      ['token-malformed', 'a.b.c', /cannot be read/],
      ['unknown-key', 'x', /no such key/],
      ['unknown-key', `${good}.e30.e30`, /no such key/],
    ]
    const before = await refusals()
    for (const [reason, presented, description] of table) {
      const response = await ask(presented)
      const challenge = response.headers.get('www-authenticate') ?? ''
      expect(challenge, reason).to.match(
        /^Bearer realm="kyc-ledger", error="invalid_token", error_description="[ -!#-~]+"$/,
      )
      expect(challenge).to.match(description)
      await expectProblem(response, 401, reason === 'unknown-key' ? 'no-api-key' : 'bad-token')
    }
    const lacking = await ask(good, `/users/${user}/events`)
    expect(lacking.headers.get('www-authenticate')).to.equal(
      'Bearer realm="kyc-ledger", error="insufficient_scope", scope="audit:read"',
    )
    await expectProblem(lacking, 403, 'missing-scope')
    const after = await refusals()
    const counted = Object.fromEntries(
      Object.entries(after).flatMap(([reason, count]) =>
        count === before[reason] ? [] : [[reason, count - (before[reason] ?? 0)]],
      ),
    )
    const expected = Object.fromEntries(
      [...Map.groupBy(table, ([reason]) => reason)].map(([reason, rows]) => [reason, rows.length]),
    )
    expect(counted).to.deep.equal({ ...expected, 'missing-scope': 1 })
  })

  it('are good for a little longer than they say, as clocks differ', async () => {
    expect(await statusOf(await token({ exp: inSeconds() - 1 }))).to.equal(200)
    expect(await statusOf(await token({ nbf: inSeconds() + 3 }))).to.equal(200)
  })

  it('name nobody in the log', async () => {
    const sub = 'somebody@example.com'
    const presented = await token({ sub, scope: 'audit:read journal:write' })
    expect(await statusOf(presented, `/users/${user}/events`)).to.equal(200)
    await (await service.post(badlySigned(request(newUser())))).text()
    const all = await fetch(`${service.url}/deliveries/resubmit?reason=signature`, {
      method: 'POST',
      headers: { authorization: `Bearer ${presented}` },
    })
    expect(all.status).to.equal(200)
    await service.says(/"key":"a token".*"msg":"a delivery was submitted again"/)
    const run = await fetch(`${service.url}/reconciliations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${presented}` },
      body: JSON.stringify({ kind: 'suspects' }),
    })
    expect(await run.text()).to.include('"outcome":"complete","reason":null')
    await service.says(/"by":"a token".*"msg":"users were held against what the provider says"/)
    const { events } = (await (await ask(presented, `/access?userId=${user}`)).json()) as {
      events: readonly { key: string }[]
    }
    expect(events.map(({ key }) => key)).to.include(`jwt:${ISSUER}#${sub}`)
    expect(await (await ask('shop', '/metrics')).text()).to.not.include(sub)
    expect(service.stdout() + service.stderr())
      .to.not.include(sub)
      .and.to.not.include(presented)
  })
})
