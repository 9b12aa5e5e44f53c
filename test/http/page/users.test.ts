import { expect } from 'chai'
import { apiKey, signIn } from '../../support/page/signedIn.ts'
import { okText } from '../../support/service/answers.ts'
import { sharedService } from '../../support/service/service.ts'
import { at, kycReview, newUser, refusal, request } from '../../support/webhooks/webhookBuilders.ts'

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString()

describe('the page of users', () => {
  const service = sharedService({
    API_KEYS: [apiKey('shop', 'kyc:read'), apiKey('auditor', 'audit:read')].join(','),
    TREEZOR_WEBHOOK_SECRET: 'development',
    DRIFT_AFTER: 'PT12H',
  })
  const [pending, waiting, validated, refused] = [newUser(), newUser(), newUser(), newUser()]
  let shop: Readonly<Record<string, string>> = {}
  before(async () => {
    await service().deliver(request(pending, { createdAt: at(daysAgo(1)) }))
    await service().deliver(request(waiting, { createdAt: at(daysAgo(9)) }))
    await service().deliver(request(validated))
    await service().deliver(kycReview('result', validated))
    await service().deliver(refusal(refused))
    await service().projected({ authorization: 'Bearer key-of-shop' })
    shop = await signIn(service(), 'shop')
  })

  const page = async (path: string, status = 200): Promise<string> => {
    const response = await service().get(path, shop)
    const text = await response.text()
    expect(response.status, text).to.equal(status)
    expect(response.headers.get('content-type')).to.equal('text/html; charset=utf-8')
    return text
  }
  const usersOn = (text: string): readonly string[] =>
    [...text.matchAll(/href="\/users\/(\d+)"/g)].map(([, userId = '']) => userId)

  it('shows how many stand how, and who they are, each with his status in a word', async () => {
    const text = await page('/users')
    expect(usersOn(text)).to.deep.equal([pending, waiting, validated, refused].toSorted())
    expect(text).to.match(/All users<\/a> 4</)
    for (const [status, count] of [
      ['pending', 2],
      ['validated', 1],
      ['refused', 1],
    ] as const) {
      expect(text).to.match(new RegExp(`href="/users\\?status=${status}"[^]*?</svg> ${status}</span></a> ${count}<`))
    }
    expect(text).to.match(/closed<\/span><\/a> 0</)
    expect(await page('/')).to.match(/All users<\/a> 4</)
  })

  it('is limited by what the form says, whose empty fields limit nothing', async () => {
    expect(usersOn(await page('/users?status=refused'))).to.deep.equal([refused])
    expect(usersOn(await page('/users?anomaly=no-request-seen'))).to.deep.equal([validated])
    expect(usersOn(await page('/users?anomaly=no-request-seen&status=pending'))).to.deep.equal([])
    const due = await page('/users?reviewDueBefore=2099-01-01')
    expect(usersOn(due)).to.deep.equal([validated])
    expect(due).to.match(/Next review<\/span>\d+ [A-Z][a-z]+ \d{4}</)
    expect(usersOn(await page('/users?reviewDueBefore=2016-01-01'))).to.deep.equal([])
    expect(await page('/users?status=closed')).to.include('No user fits.')
    const sent = await fetch(`${service().url}/users?status=refused&anomaly=&reviewDueBefore=`, {
      headers: shop,
      redirect: 'manual',
    })
    expect([sent.status, sent.headers.get('location')]).to.deep.equal([303, '/users?status=refused'])
    const [first = '', ...others] = [pending, waiting, validated, refused].toSorted()
    expect(usersOn(await page(`/users?after=${first}`))).to.deep.equal(others)
  })

  it('says for how long somebody has been pending, and lists who has been so for some days', async () => {
    const text = await page('/users?pendingDays=8')
    expect(usersOn(text)).to.deep.equal([waiting])
    expect(text).to.include('(9 days)')
    expect(usersOn(await page('/users?pendingDays=10'))).to.deep.equal([])
    expect(usersOn(await page('/users?pendingDays=0'))).to.deep.equal([pending, waiting].toSorted())
    expect(usersOn(await page(`/users?pendingSince=${daysAgo(8)}`))).to.deep.equal([waiting])
    expect(usersOn(await page(`/users?pendingSince=${daysAgo(0)}&pendingDays=8`))).to.deep.equal([waiting])
    expect(await page('/users?pendingDays=soon', 400)).to.include('“Pending for” must be a whole number')
  })

  it('tells of how many it looks as if a webhook never came, lists them, and says what that means', async () => {
    for (const path of ['/', '/users']) {
      const text = await page(path)
      expect(text, path).to.match(/href="\/users\?drift=pending-long"[^>]*>pending-long<\/a> 2</)
      expect(text, path).to.match(/href="\/users\?drift=review-overdue"[^>]*>review-overdue<\/a> 1</)
      expect(text, path).not.to.include('/users?drift=identification-open')
    }
    const list = await page('/users?drift=pending-long')
    expect(usersOn(list)).to.deep.equal([pending, waiting].toSorted())
    expect(list).to.include('<option selected>pending-long</option>')
    expect(list).to.include('<p>The user has been pending for longer than a decision takes.</p>')
    expect(usersOn(await page('/users?drift=pending-long&pendingDays=8'))).to.deep.equal([waiting])
    expect(usersOn(await page('/users?drift=review-overdue'))).to.deep.equal([validated])
    expect(usersOn(await page('/users?drift=review-overdue&status=pending'))).to.deep.equal([])
    expect(usersOn(await page('/users?drift=identification-open'))).to.deep.equal([])
    const sentence = '<strong>pending-long</strong>: The user has been pending for longer than a decision takes.'
    expect(await page(`/users/${waiting}`)).to.include(sentence)
    expect(await page(`/users/${waiting}?asOf=${daysAgo(8.75)}`)).not.to.include('pending-long')
    expect(await page(`/users/${refused}`)).not.to.include('As if a webhook never came')
    expect(await page('/users?drift=lost', 400)).to.include('“Drift” must be one of pending-long, ')
  })

  it('is the same by the API, page by page, and with whatever else limits', async () => {
    const authorization = 'Bearer key-of-shop'
    const listed = async (path: string): Promise<{ users: { userId: string }[]; next: string | null }> =>
      JSON.parse(await okText(await service().get(path, { authorization })))
    const [first, second] = [pending, waiting].toSorted()
    const one = await listed('/users?drift=pending-long&limit=1')
    expect(one.users.map(({ userId }) => userId)).to.deep.equal([first])
    const two = await listed(one.next ?? '')
    expect(two.users.map(({ userId }) => userId)).to.deep.equal([second])
    expect(two.next).to.equal(null)
    const both = await listed('/users?drift=review-overdue&anomaly=no-request-seen')
    expect(both.users.map(({ userId }) => userId)).to.deep.equal([validated])
    expect(Object.keys(both)).to.deep.equal(['users', 'next'])
    for (const query of ['drift=', 'drift=lost', 'drift=pending-long&changedAfter=0'])
      expect((await service().get(`/users?${query}`, { authorization })).status, query).to.equal(400)
  })

  it('says what is wrong with a question, in the form, and never repeats it elsewhere', async () => {
    const text = await page('/users?reviewDueBefore=%3Cscript%3E', 400)
    expect(text).to.include('“Review due before” must be a date, YYYY-MM-DD')
    expect(text).to.include('value="&lt;script&gt;"').and.not.to.include('<script>')
    expect(await page('/users?stauts=pending', 400)).to.include('the query parameters known here are')
  })

  it('is the API for whoever asks for anything else', async () => {
    const authorization = 'Bearer key-of-shop'
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5']) {
      const response = await service().get('/users', { authorization, accept })
      expect(response.headers.get('content-type'), accept).to.equal('application/json; charset=utf-8')
      expect(response.headers.get('vary'), accept).to.equal('Accept')
      expect(Object.keys((await response.json()) as object)).to.deep.equal(['users', 'next'])
    }
    const html = await service().get('/users', shop)
    expect(html.headers.get('vary')).to.equal('Accept')
    expect(await html.text()).to.include('<!doctype html>')
  })

  it('is the API for whoever presents a key, also where a program prefers HTML by itself', async () => {
    const authorization = 'Bearer key-of-shop'
    // HttpURLConnection of Java, where nobody says what is wanted.
    const accept = 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2'
    for (const [path, type] of [
      ['/users', 'application/json; charset=utf-8'],
      ['/users?stauts=pending', 'application/problem+json'],
    ] as const) {
      const response = await service().get(path, { authorization, accept })
      expect(response.headers.get('content-type'), path).to.equal(type)
      await response.json()
    }
  })

  it('finds by the id, and says which ids there can be', async () => {
    const found = await fetch(`${service().url}/find?userId=%20${pending}`, { headers: shop, redirect: 'manual' })
    expect([found.status, found.headers.get('location')]).to.deep.equal([303, `/users/${pending}`])
    expect(await page('/find?userId=007', 400))
      .to.include('No user can have this id')
      .and.to.include('value="007"')
  })

  it('shows what goes wrong as a page, with its status, and as a problem to whoever asks for no page', async () => {
    expect(await page('/nowhere', 404)).to.include('No such path')
    expect(await page(`/users/${newUser()}/kyc`, 404)).to.include('unknown-user')
    const auditor = await signIn(service(), 'auditor')
    const refusedPage = await service().get('/users', auditor)
    expect(refusedPage.status).to.equal(403)
    expect(await refusedPage.text()).to.include('The API key lacks the scope kyc:read')
    const json = await service().get('/nowhere', { accept: 'application/json' })
    expect(json.headers.get('content-type')).to.include('application/problem+json')
    expect(await (await service().get('/', auditor)).text()).not.to.include('All users')
  })

  it('has no title with more than the name of the page', async () => {
    for (const path of ['/', '/users?status=pending', '/sign-in', '/nowhere']) {
      const text = await (await service().get(path, shop)).text()
      expect(text).to.match(/<title>(Start|Users|Sign in|No such path) · kyc-ledger<\/title>/)
    }
  })

  it('begins with whose status changed last, the latest first', async () => {
    expect(usersOn(await page('/'))).to.deep.equal([refused, validated, waiting, pending])
    await service().deliver(refusal(waiting, { createdAt: at(daysAgo(1)) }))
    await service().projected({ authorization: 'Bearer key-of-shop' })
    const text = await page('/')
    expect(usersOn(text)).to.deep.equal([waiting, refused, validated, pending])
    expect(text).to.match(new RegExp(`href="/users/${waiting}"[^]*?</svg> refused`))
  })
})
