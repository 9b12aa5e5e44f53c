import { expect } from 'chai'
import { newDirectory } from '../../../support/newDirectory.ts'
import { apiKey, HTML, sendForm, signIn, tokenOn } from '../../../support/page/signedIn.ts'
import { expectProblem } from '../../../support/service/answers.ts'
import { serveHere, sharedService } from '../../../support/service/service.ts'
import { newUser, request } from '../../../support/webhooks/webhookBuilders.ts'

const API_KEYS = [
  apiKey('shop', 'kyc:read'),
  apiKey('auditor', 'audit:read'),
  apiKey('legal', 'kyc:read', 'retention:request'),
].join(',')
const KEYS = { API_KEYS, TREEZOR_WEBHOOK_SECRET: 'development', TRUST_PROXY: 'loopback' }

describe('signing in to the page', () => {
  const service = sharedService(KEYS)
  const user = newUser()
  before(async () => {
    await service().deliver(request(user))
    await service().projected({ authorization: 'Bearer key-of-shop' })
  })

  const statusOf = async (path: string, headers: Readonly<Record<string, string>>): Promise<number> => {
    const response = await service().get(path, headers)
    await response.arrayBuffer()
    return response.status
  }
  const setCookie = async (response: Response): Promise<string> => {
    await response.arrayBuffer()
    return response.headers.get('set-cookie') ?? ''
  }

  it('is asked for where one wanted to go, and leads there', async () => {
    const asked = await service().get('/users/7/kyc?asOf=2026-01-01T00:00:00Z', HTML)
    expect(asked.status).to.equal(401)
    expect(asked.headers.get('www-authenticate')).to.equal('Bearer realm="kyc-ledger"')
    const page = await asked.text()
    expect(page).to.include('action="/sign-in"').and.to.include('type="password"')
    const from = /name="from" value="([^"]*)"/.exec(page)?.[1] ?? ''
    const signedIn = await sendForm(service(), '/sign-in', { key: 'key-of-shop', from })
    expect(signedIn.status).to.equal(303)
    expect(signedIn.headers.get('location')).to.equal('/users/7/kyc?asOf=2026-01-01T00:00:00Z')
    expect(signedIn.headers.get('cache-control')).to.equal('no-store')
  })

  it('leads nowhere else', async () => {
    for (const from of ['https://evil.example', '//evil.example', '/\\evil.example']) {
      const response = await sendForm(service(), '/sign-in', { key: 'key-of-shop', from })
      expect(response.headers.get('location'), from).to.equal('/')
    }
  })

  it('gives a cookie that no script reads and no other site sends; by https one that only https sets', async () => {
    const plain = await setCookie(await sendForm(service(), '/sign-in', { key: 'key-of-shop' }))
    expect(plain).to.match(/^kyc-session=[\w-]{43}; Path=\/; Max-Age=28800; HttpOnly; SameSite=Strict$/)
    const https = { 'x-forwarded-proto': 'https' }
    const secure = await setCookie(await sendForm(service(), '/sign-in', { key: 'key-of-shop' }, https))
    expect(secure).to.match(/^__Host-kyc-session=[\w-]{43}; Path=\/; Max-Age=28800; HttpOnly; SameSite=Strict; Secure$/)
    const [cookie = ''] = secure.split(';')
    expect(await statusOf('/', { ...HTML, ...https, cookie })).to.equal(200)
    expect(await statusOf('/', { ...HTML, ...https, cookie: cookie.replace('__Host-', '') })).to.equal(401)
  })

  it('opens for reading what the scopes of the key open, the API as well, and says whose key it is', async () => {
    const [shop, auditor] = [await signIn(service(), 'shop'), await signIn(service(), 'auditor')]
    const json = { accept: 'application/json' }
    for (const [path, ofShop, ofAuditor] of [
      ['/', 200, 200],
      [`/users/${user}/kyc`, 200, 403],
      [`/users/${user}/events`, 403, 200],
    ] as const) {
      expect(await statusOf(path, { ...shop, ...json }), path).to.equal(ofShop)
      expect(await statusOf(path, { ...auditor, ...json }), path).to.equal(ofAuditor)
    }
    expect(await (await service().get('/', auditor)).text()).to.include('Signed in as auditor')
    const looked = await (await service().get('/access', { ...auditor, ...json })).text()
    expect(looked).to.include('"key":"auditor"').and.to.include(`"userId":"${user}"`)
  })

  it('opens nothing where a page under another name asks, and leads on from there', async () => {
    const auditor = await signIn(service(), 'auditor')
    for (const site of ['cross-site', 'same-site']) {
      const asked = await service().get(`/users/${user}/events`, { ...auditor, 'sec-fetch-site': site })
      expect(asked.status, site).to.equal(401)
      expect(await asked.text()).to.include(`<a href="/users/${user}/events">open the page</a>`)
    }
    for (const site of ['same-origin', 'none']) {
      expect(await statusOf(`/users/${user}/events`, { ...auditor, 'sec-fetch-site': site }), site).to.equal(200)
    }
  })

  it('opens nothing where another service of the host has set a second cookie of the name, which would come first', async () => {
    const [shop, other] = [await signIn(service(), 'shop'), await signIn(service(), 'auditor')]
    expect(await statusOf('/', shop)).to.equal(200)
    expect(await statusOf('/', { ...shop, cookie: `${other['cookie']}; ${shop['cookie']}` })).to.equal(401)
    expect(await statusOf('/', { ...shop, cookie: `other=${other['cookie']}; ${shop['cookie']}` })).to.equal(200)
  })

  it('opens nothing that changes anything by the cookie alone', async () => {
    const legal = await signIn(service(), 'legal')
    const post = (headers: Readonly<Record<string, string>>): Promise<Response> =>
      fetch(`${service().url}/users/${user}/holds`, { method: 'POST', body: '{"reason":"a case"}', headers })
    await expectProblem(await post({ ...legal, accept: 'application/json' }), 401, 'no-api-key')
    expect((await post({ authorization: 'Bearer key-of-legal' })).status).to.equal(201)
  })

  it('takes no form that another page sent: neither the key nor the way out', async () => {
    const { url } = service()
    const page = await (await service().get('/', await signIn(service(), 'shop'))).text()
    const session = await signIn(service(), 'shop')
    const token = tokenOn(await (await service().get('/', session)).text())
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: '' },
      { origin: url, 'sec-fetch-site': 'cross-site' },
      { origin: url, 'sec-fetch-site': 'same-site' },
      { origin: url, 'sec-fetch-site': 'none' },
    ]) {
      const signing = await sendForm(service(), '/sign-in', { key: 'key-of-shop' }, headers)
      expect(signing.status, JSON.stringify(headers)).to.equal(403)
      expect(signing.headers.get('set-cookie')).to.equal(null)
      expect((await sendForm(service(), '/sign-out', { token }, { ...session, ...headers })).status).to.equal(403)
    }
    for (const other of ['', 'x', tokenOn(page)]) {
      expect((await sendForm(service(), '/sign-out', { token: other }, session)).status, other).to.equal(403)
    }
    expect(await statusOf('/', session)).to.equal(200)
    const own = { ...session, 'sec-fetch-site': 'same-origin' }
    expect((await sendForm(service(), '/sign-out', { token }, own)).status).to.equal(303)
    expect(await statusOf('/', session)).to.equal(401)
    expect((await sendForm(service(), '/sign-out', { token }, session)).status).to.equal(401)
  })

  it('ends the session before it, and takes the cookie away at the end', async () => {
    const first = await signIn(service(), 'shop')
    await setCookie(await sendForm(service(), '/sign-in', { key: 'key-of-auditor' }, first))
    expect(await statusOf('/', first)).to.equal(401)
    const second = await signIn(service(), 'shop')
    const token = tokenOn(await (await service().get('/', second)).text())
    const out = await sendForm(service(), '/sign-out', { token }, second)
    expect(out.headers.get('location')).to.equal('/sign-in')
    expect(await setCookie(out)).to.match(/^kyc-session=; Path=\/; Max-Age=0;/)
  })

  it('ends with the session what is still being sent', async () => {
    const session = await signIn(service(), 'shop')
    const token = tokenOn(await (await service().get('/', session)).text())
    const live = await service().get('/changes', { ...session, accept: 'text/event-stream' })
    expect(live.status).to.equal(200)
    const ended = live.text().then(
      () => 'ended',
      () => 'broken off',
    )
    await sendForm(service(), '/sign-out', { token }, session)
    expect(await ended).to.equal('broken off')
  })

  it('says that a key is not known, never the key, and makes who goes on wait', async () => {
    const client = { 'x-forwarded-for': '192.0.2.7' }
    const answers = []
    for (let times = 0; times < 6; times += 1) {
      const response = await sendForm(service(), '/sign-in', { key: `wrong-${times}` }, client)
      expect(await response.text()).not.to.include('wrong-')
      answers.push(response.status)
    }
    expect(answers).to.deep.equal([401, 401, 401, 401, 401, 429])
    const right = await sendForm(service(), '/sign-in', { key: 'key-of-shop' }, client)
    expect([right.status, right.headers.get('retry-after')]).to.deep.equal([429, '1'])
    expect((await sendForm(service(), '/sign-in', { key: 'key-of-shop' })).status).to.equal(303)
    expect(service().stdout()).not.to.include('wrong-')
  })

  it('takes a form of some KiB, and nothing else', async () => {
    const large = await sendForm(service(), '/sign-in', { key: 'x'.repeat(20_000) })
    expect(large.status).to.equal(413)
    const json = { 'content-type': 'application/json', origin: service().url }
    const response = await fetch(`${service().url}/sign-in`, { method: 'POST', body: '{"key":"x"}', headers: json })
    await expectProblem(response, 403, 'foreign-form')
    const wrongMethod = await fetch(`${service().url}/sign-in`, { method: 'DELETE' })
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD, POST'])
  })
})

describe('a session of the page', () => {
  it('ends with the process', async () => {
    const directory = newDirectory()
    const first = await serveHere(directory, KEYS)
    const session = await signIn(first, 'shop')
    expect((await first.get('/', session)).status).to.equal(200)
    await first.stop()
    const second = await serveHere(directory, KEYS)
    expect((await second.get('/', session)).status).to.equal(401)
    await second.stop()
  })
})
