import { expect } from 'chai'
import { newDirectory } from '../../support/newDirectory.ts'
import { shownText } from '../../support/page/shownText.ts'
import { apiKey, HTML, sendForm, signIn, tokenOn } from '../../support/page/signedIn.ts'
import { expectProblem, okText } from '../../support/service/answers.ts'
import { type OwnService, readyHere, serveHere, sharedService } from '../../support/service/service.ts'
import { newUser, request, SECRET, signed } from '../../support/webhooks/webhookBuilders.ts'

const NEW_SECRET = 'the secret that the provider has changed to'
const API_KEYS = [
  apiKey('operator', 'journal:write'),
  apiKey('auditor', 'audit:read'),
  apiKey('shop', 'kyc:read'),
].join(',')

describe('the page of deliveries that were not appended', () => {
  let service: OwnService
  let operator: Readonly<Record<string, string>>
  const directory = newDirectory()
  const user = newUser()
  const hostile = `<script>alert(1)</script>${'W'.repeat(100)}`

  before(async () => {
    service = await serveHere(directory, { API_KEYS, TREEZOR_WEBHOOK_SECRET: SECRET })
    for (const body of [
      signed(request(user, {}, { userTag: hostile }), NEW_SECRET),
      hostile,
      signed(request(newUser()), 'nobody’s'),
    ])
      await (await service.post(body, { 'content-type': `text/${hostile}` })).text()
    await service.stop()
    service = await readyHere(directory, { API_KEYS, TREEZOR_WEBHOOK_SECRET: `${SECRET},${NEW_SECRET}` })
    operator = await signIn(service, 'operator')
  })
  after(() => service?.stop())

  const page = async (path: string, headers = operator): Promise<string> => okText(await service.get(path, headers))
  const submit = async (fields: Readonly<Record<string, string>>): Promise<string> =>
    okText(
      await sendForm(service, '/deliveries/submit', { token: tokenOn(await page('/deliveries')), ...fields }, operator),
    )

  it('shows what is kept by reason and one by one, and nothing of what was sent', async () => {
    const shown = await page('/deliveries')
    expect(shown).to.match(
      /signature<\/span><\/a><\/th><td role="cell"><span class="of" aria-hidden="true">Open<\/span>2</,
    )
    expect(shown.match(/<button>Submit again/g)).to.have.length(3)
    for (const sent of ['alert', 'WWWW', user]) expect(shown).not.to.include(sent)
    expect((await page('/deliveries?reason=signature&open=true')).match(/<button>Submit again/g)).to.have.length(2)
    expect(await page('/deliveries?reason=echo-limit')).to.include('There are none')
    const time = String.raw`\d{4}-\d\d-\d\d [\d:]{8} UTC`
    expect(shownText(shown)).to.match(
      new RegExp(` 2 Why not-json First came ${time} Times 1 Size \\d+ bytes State open `),
    )
  })

  it('come in pages, each with the limits of the first one', async () => {
    const of = 'reason=signature&amp;open=true&amp;limit=1'
    const first = await page(`/deliveries?${of.replaceAll('&amp;', '&')}`)
    const [, next = ''] = /href="([^"]*)" rel="next"/.exec(first) ?? []
    const second = await page(next.replaceAll('&amp;', '&'))
    expect(second).to.include('delivery 1<').and.to.include(`<a href="/deliveries?${of}">First page</a>`)
    expect(second).not.to.include('rel="next"')
    const all = await page('/deliveries?reason=signature')
    expect(all).to.include('<a href="/deliveries?reason=signature&amp;open=true">Only those that are open</a>')
  })

  it('is JSON for whoever does not ask for HTML', async () => {
    const response = await service.get('/deliveries', { authorization: 'Bearer key-of-operator' })
    expect(response.headers.get('content-type')).to.match(/^application\/json/)
    expect(response.headers.get('vary')).to.match(/accept/i)
  })

  it('has no buttons for whoever may only look, and is not there for anybody else', async () => {
    const shown = await page('/deliveries', await signIn(service, 'auditor'))
    expect(shown).to.include('signature').and.to.include('journal:write')
    expect(shown).not.to.include('Submit again</')
    expect((await service.get('/deliveries', await signIn(service, 'shop'))).status).to.equal(403)
    expect((await service.get('/deliveries', HTML)).status).to.equal(401)
  })

  it('submits nothing without the token of the session, from another page, or for who may only look', async () => {
    const token = tokenOn(await page('/deliveries'))
    const auditor = await signIn(service, 'auditor')
    for (const [fields, headers, status] of [
      [{ id: '1' }, operator, 403],
      [{ id: '1', token: 'x' }, operator, 403],
      [{ id: '1', token }, { ...operator, origin: 'https://elsewhere.example' }, 403],
      [{ id: '1', token }, {}, 401],
      [{ id: '1', token: tokenOn(await page('/deliveries', auditor)) }, auditor, 403],
    ] as const) {
      expect((await sendForm(service, '/deliveries/submit', fields, headers)).status).to.equal(status)
    }
    expect((await service.get('/deliveries/submit', operator)).status).to.equal(405)
    expect(await page('/deliveries?open=true')).to.include('Submit again<span class="unseen"> delivery 1<')
  })

  it('submits all of a reason again, and tells in words what became of each', async () => {
    const shown = await submit({ reason: 'signature' })
    expect(shown).to.include('1 of 2 is done').and.to.include('it was appended to the log')
    expect(shown).to.include('none of a secret that is set here').and.to.include(`href="/users/${user}"`)
    expect((await page('/deliveries')).match(/<button>Submit again/g)).to.have.length(2)
  })

  it('submits one again, twice if asked, and says where there is none', async () => {
    expect(await submit({ id: '2' }))
      .to.include('the body is not JSON')
      .and.to.include('Nothing is done: it stays open')
    expect(await submit({ id: '1' })).to.include('the log held it already')
    const token = tokenOn(await page('/deliveries'))
    for (const [fields, status] of [
      [{ id: '4711' }, 404],
      [{ id: 'x' }, 400],
      [{ reason: 'weather' }, 400],
      [{}, 400],
    ] as const) {
      expect((await sendForm(service, '/deliveries/submit', { token, ...fields }, operator)).status).to.equal(status)
    }
    await expectProblem(
      await service.get('/deliveries?reason=weather', { authorization: 'Bearer key-of-operator' }),
      400,
    )
  })
})

describe('the page of deliveries, where nobody has to have a key', () => {
  const service = sharedService()

  it('submits again what its own form asks for, and nothing else', async () => {
    await (await service().post('nothing that is JSON')).text()
    const token = tokenOn(await okText(await service().get('/deliveries', HTML)))
    expect((await sendForm(service(), '/deliveries/submit', { id: '1' })).status).to.equal(403)
    const elsewhere = { origin: 'https://elsewhere.example' }
    expect((await sendForm(service(), '/deliveries/submit', { id: '1', token }, elsewhere)).status).to.equal(403)
    const shown = await okText(await sendForm(service(), '/deliveries/submit', { id: '1', token }))
    expect(shown).to.include('the body is not JSON')
  })
})
