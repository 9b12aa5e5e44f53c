import { expect } from 'chai'
import { sectionOf, shownText } from '../../../support/page/shownText.ts'
import { apiKey, HTML, signIn } from '../../../support/page/signedIn.ts'
import { untilTrue } from '../../../support/patience.ts'
import { expectProblem } from '../../../support/service/answers.ts'
import { sharedService } from '../../../support/service/service.ts'
import {
  at,
  but,
  document,
  fixture,
  identification,
  kycReview,
  liveness,
  march,
  newUser,
  on,
  refusal,
  request,
  type signed,
  users,
  validation,
} from '../../../support/webhooks/webhookBuilders.ts'

const API_KEYS = [
  apiKey('shop', 'kyc:read'),
  apiKey('auditor', 'kyc:read', 'audit:read'),
  apiKey('archive', 'kyc:read', 'retention:read'),
  apiKey('legal', 'retention:request'),
].join(',')

describe('the page of a user', () => {
  const service = sharedService({ API_KEYS, TREEZOR_WEBHOOK_SECRET: 'development' })
  const sessions: Record<string, Readonly<Record<string, string>>> = {}
  before(async () => {
    for (const name of ['shop', 'auditor', 'archive']) sessions[name] = await signIn(service(), name)
  })

  const page = async (path: string, by: 'shop' | 'auditor' | 'archive' = 'shop', status = 200): Promise<string> => {
    const response = await service().get(path, sessions[by])
    const text = await response.text()
    expect(response.status, text).to.equal(status)
    expect(response.headers.get('content-type')).to.equal('text/html; charset=utf-8')
    expect(response.headers.get('cache-control')).to.equal('no-store')
    return text
  }
  /** Once all that was delivered has been folded. */
  const pageOf = async (user: string, query = '', by: 'shop' | 'auditor' | 'archive' = 'shop'): Promise<string> => {
    await service().projected(sessions.shop)
    return page(`/users/${user}${query}`, by)
  }
  const deliver = async (...webhooks: readonly Parameters<typeof signed>[0][]): Promise<void> => {
    for (const webhook of webhooks) await service().deliver(webhook)
  }

  it('says how he stands, why, and since when; by which secret it was checked', async () => {
    const user = newUser()
    await deliver(request(user, on(1)), kycReview('request', user, on(2)), kycReview('result', user, on(3)))
    const text = shownText(await pageOf(user))
    expect(text).to.match(
      /validated verified Validated by kycreview\.result of 3 March 2025, 00:00:00 UTC, which this service received on \d{1,2} \w+ \d{4}, [\d:]{8} UTC; its signature matched the secret with fingerprint [0-9a-f]{4}…/,
    )
    expect(text).to.include('Governed by New KYC life cycle')
  })

  it('is titled with his id, and nothing else of him', async () => {
    const user = newUser()
    await deliver(request(user))
    expect(await pageOf(user)).to.include(`<title>User ${user} · kyc-ledger</title>`)
  })

  it('marks in the statechart of each region where he stands and which moves were made, and says it in words', async () => {
    const user = newUser()
    await deliver(request(user, on(1)), validation(user, on(2)), document('create', user, on(3)))
    const text = await pageOf(user)
    const charts = sectionOf(text, 'statecharts')
    expect([...charts.matchAll(/<h3>([^<]*)<\/h3>/g)].map(([, title]) => title)).to.deep.equal([
      'Legacy life cycle',
      'Documents',
    ])
    const [legacy = ''] = charts.split('</figure>')
    const states = [...legacy.matchAll(/<g class="([^"]*)" data-state="(\w+)"/g)].map(
      ([, kinds, state]) => `${state}: ${kinds}`,
    )
    expect(states).to.include.members([
      'none: state been',
      'pending: state been',
      'validated: state success now',
      'refused: state',
    ])
    const made = [...legacy.matchAll(/<path class="([^"]*made[^"]*)" data-from="(\w+)" data-to="(\w+)"/g)]
    expect(made.map(([, kinds, from, to]) => `${from} ${to}: ${kinds}`)).to.deep.equal([
      'none pending: move made',
      'pending validated: move made last',
    ])
    expect(legacy).to.match(/role="img" aria-labelledby="chart-legacy chart-legacy-way"/)
    expect(legacy).to.include(
      '<desc id="chart-legacy-way">Legacy life cycle: validated since 2 March 2025, 00:00:00 UTC. It was none, then pending, then validated.</desc>',
    )
  })

  it('draws a move that was not expected, and none that was not made', async () => {
    const user = newUser()
    await deliver(request(user, on(1)), refusal(user, on(2)), validation(user, on(3)))
    const charts = sectionOf(await pageOf(user), 'statecharts')
    expect(
      [...charts.matchAll(/class="move other([^"]*)" data-from="(\w+)" data-to="(\w+)"/g)].map((one) => one.slice(1)),
    ).to.deep.equal([[' made last', 'refused', 'validated']])
  })

  it('tells the timeline, newest first: both times, what each event changed, what is late, an echo, or odd', async () => {
    const user = newUser()
    const first = request(user, on(2))
    await deliver(
      first,
      refusal(user, on(4)),
      request(user, on(3)),
      but(first, { id: 'again', createdAt: at(march(5)) }),
    )
    const timeline = sectionOf(await pageOf(user), 'timeline')
    const items = timeline
      .split('<li id=')
      .slice(1)
      .map((item) => shownText(`<li id=${item}`).trim())
    expect(items).to.have.length(4)
    expect(items[3]).to.match(
      /^user\.kycrequest from none to pending occurred 2025-03-02 00:00:00\.000 UTC, received [\d-]{10} [\d:.]{12} UTC, recorded [\d-]{10} [\d:.]{12} UTC the legacy life cycle went from none to pending revision 0/,
    )
    expect(items[2]).to.include('from pending to refused')
    expect(items[1])
      .to.match(/^user\.kycrequest stayed refused late echo of revision 0 occurred /)
      .and.to.include('It came to be known after an event that it precedes.')
    expect(items[0]).to.include('echo of revision 0').and.to.include('echo: A payload that was here before')
    expect(sectionOf(await pageOf(user), 'anomalies')).to.include('echo')
  })

  it('tells documents and identifications: where each stands and since when, with result and reasons', async () => {
    const user = newUser()
    await deliver(
      document('create', user, on(1)),
      liveness('create', user, on(2)),
      liveness('update', user, on(3)),
      identification('qes.finalized.canceled', user, on(4)),
    )
    const text = await pageOf(user)
    expect(shownText(sectionOf(text, 'documents'))).to.match(
      / 80009 Kind PASSPORT \(17\) State pending Since 2025-03-01 00:00:00 UTC Status code 600003 $/,
    )
    expect(shownText(sectionOf(text, 'identifications')))
      .to.match(
        / Liveness Identification \S+ State failed Since 2025-03-03 00:00:00 UTC Result and reasons score 0; 1312: /,
      )
      .and.to.match(
        / \(QES\) Identification \S+ State canceled Since 2025-03-04 00:00:00 UTC Result and reasons CANCELED; 3201: /,
      )
  })

  it('tells how he stood at another time, and by what was known at another', async () => {
    const user = newUser()
    await deliver(request(user, on(1)), validation(user, on(3)))
    const then = await pageOf(user, '?asOf=2025-03-02')
    expect(shownText(then))
      .to.include('this page tells how things stood on 2 March 2025, 23:59:59 UTC')
      .and.to.include('pending not verified Pending for')
    expect(shownText(then)).to.include('after the time that is asked about: not counted')
    expect(then).to.include('>then</text>').and.to.not.include('>now</text>')
    expect(then).to.include('value="2025-03-02"').and.to.not.include('live.js')
    const before = await page(`/users/${user}?knownAt=2020-01-01`, 'shop', 404)
    expect(shownText(before)).to.include('nothing of this user had been recorded here by 1 January 2020, 23:59:59 UTC')
    expect(before).to.include('value="2020-01-01"').and.to.include(`href="/users/${user}">How things stand now`)
    const today = new Date().toISOString().slice(0, 10)
    expect(shownText(await pageOf(user, `?knownAt=${today}`))).to.include('validated verified')
    const both = await pageOf(
      user,
      `?asOf=1+March+2025,+12:00+UTC&knownAt=${encodeURIComponent(new Date().toISOString())}`,
    )
    expect(shownText(both)).to.include('how things stood on 1 March 2025, 12:00:00 UTC, by what was known here on')
  })

  it('says beside a field what is wrong with it, and keeps what was typed', async () => {
    const user = newUser()
    await deliver(request(user))
    await pageOf(user)
    const text = await page(`/users/${user}?asOf=${encodeURIComponent('"><b>soon')}&knownAt=2999-01-01`, 'shop', 400)
    expect(text).to.include('value="&quot;&gt;&lt;b&gt;soon"').and.to.include('id="asOf-fault">write a day as')
    expect(text).to.include('id="knownAt-fault">that is still to come').and.to.include('aria-invalid="true"')
    expect(text).to.not.include('class="standing"')
    const toCome = await page(`/users/${user}?asOf=2999-01-01`, 'shop', 400)
    expect(toCome).to.include('id="asOf-fault">that is still to come').and.to.not.include('class="standing"')
    const day = (): string => new Date().toISOString().slice(0, 10)
    let [today, shown] = ['', '']
    // Asked again where midnight came in between.
    while (today !== day()) {
      today = day()
      shown = await page(`/users/${user}?asOf=${today}`)
    }
    expect(shownText(shown)).to.include('Pending for').and.to.not.include('this page tells')
    await expectHtml(400, `/users/${user}?asof=2025-03-01`, 'bad-parameter')
  })

  it('comes in parts, the newest hundred events first', async () => {
    const user = newUser()
    const body = Array.from({ length: 105 }, (_, n) =>
      (n % 2 === 0 ? request : validation)(
        user,
        { createdAt: at('2025-04-01T00:00:00Z') + n * 1_000_000 },
        { userTag: `${n}` },
      ),
    )
    await deliver(...body)
    const numbers = (text: string): readonly string[] =>
      [...text.matchAll(/<li id="event-(\d+)"/g)].map(([, number = '']) => number)
    const first = await pageOf(user, '?asOf=2025-05-01')
    expect(numbers(first)).to.deep.equal(Array.from({ length: 100 }, (_, n) => String(105 - n)))
    expect(shownText(first)).to.include('Events 105 to 6 of 105')
    const older = /href="([^"]*)">Older events</.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect(older).to.equal(`/users/${user}?asOf=2025-05-01&before=6#timeline`)
    expect(numbers(await page(older))).to.deep.equal(['5', '4', '3', '2', '1'])
    const all = /href="([^"]*)">All 105 events/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect(numbers(await page(all))).to.have.length(105)
  })

  it('shows to nobody but who may know it how long records are kept, the raw events, and evidence', async () => {
    const user = newUser()
    await deliver(request(user))
    await pageOf(user)
    const [shop, auditor, archive] = [
      await page(`/users/${user}`),
      await page(`/users/${user}`, 'auditor'),
      await page(`/users/${user}`, 'archive'),
    ]
    for (const [text, audited, kept] of [
      [shop, false, false],
      [auditor, true, false],
      [archive, false, true],
    ] as const) {
      expect(sectionOf(text, 'evidence') !== '').to.equal(audited)
      expect(text.includes(`/users/${user}/events/0`)).to.equal(audited)
      expect(sectionOf(text, 'retention') !== '').to.equal(kept)
    }
    expect(shownText(sectionOf(archive, 'retention'))).to.include('no retention policy is set')
    const held = await fetch(`${service().url}/users/${user}/holds`, {
      method: 'POST',
      headers: { authorization: 'Bearer key-of-legal' },
      body: '{"reason":"request of the <prosecutor>"}',
    })
    expect(held.status).to.equal(201)
    const told = /Legal holds Hold \d+, placed [\d-]{10} [\d:]{8} UTC by legal: request of the <prosecutor>/
    await untilTrue('the hold is shown', async () =>
      told.test(shownText(sectionOf(await page(`/users/${user}`, 'archive'), 'retention'))),
    )
  })

  it('tells of an event that speaks of many documents what it says of some, and how many more there are', async () => {
    const user = newUser()
    const many = Array.from({ length: 500 }, (_, index) => ({ documentId: `${user}${index}`, userId: user }))
    const said = (status: string): string =>
      JSON.stringify({ documents: many.map((one) => ({ ...one, documentStatus: status })) })
    await deliver(request(user), but(document('create', user), { payloadText: said('PENDING') }))
    await deliver(but(document('update', user), { payloadText: said('of no kind') }))
    const text = await pageOf(user)
    expect(text.match(/<li>document \d+ went from/g)).to.have.length(2 * 20)
    expect(text.match(/<li>480 more like these<\/li>/g)).to.have.length(2)
  })

  it('links in the evidence what can be downloaded with the same session', async () => {
    const user = newUser()
    await deliver(request(user))
    const evidence = sectionOf(await pageOf(user, '', 'auditor'), 'evidence')
    expect(evidence).to.include(`href="/users/${user}/evidence"`).and.to.include(`href="/access?userId=${user}"`)
    expect(evidence).to.match(/Newest checkpoint|No checkpoint was made yet/)
  })

  it('tells of a user whom nobody knows, of an id that can be none, and of who must not look', async () => {
    await expectHtml(404, `/users/${newUser()}`, 'unknown-user')
    await expectHtml(400, '/users/007', 'bad-user-id')
    const response = await service().get('/users/7', HTML)
    expect(response.status).to.equal(401)
    expect(await response.text()).to.include('action="/sign-in"')
  })

  it('is no JSON: who takes no HTML finds nothing there', async () => {
    await expectProblem(
      await service().get('/users/7', { authorization: 'Bearer key-of-shop', accept: 'application/json' }),
      404,
      'unknown-path',
    )
    const response = await service().get('/users/7', { authorization: 'Bearer key-of-shop' })
    await expectProblem(response, 404, 'unknown-user')
  })

  it('tells the documented lives', async () => {
    for (const name of [
      'user.kycrequest',
      'user.kycreview',
      'kycreview.request',
      'kycreview.result',
      'kycliveness.update',
    ])
      await deliver(fixture(name))
    expect(shownText(await pageOf('1'))).to.include('Validated by kycreview.result of 20 February 2026, 10:26:47 UTC')
    expect(shownText(await pageOf('6461762'))).to.include('Validated by user.kycreview of 30 May 2022')
  })

  it('tells each user of a webhook about several his own part', async () => {
    const [one, other] = [newUser(), newUser()]
    await deliver(
      users([
        { userId: one, kycReview: '1' },
        { userId: other, kycReview: '3' },
      ]),
    )
    expect(shownText(await pageOf(one)))
      .to.include('pending not verified')
      .and.to.not.include(other)
    expect(shownText(await pageOf(other)))
      .to.include('refused not verified')
      .and.to.not.include(one)
  })

  const expectHtml = async (status: number, path: string, kind: string): Promise<void> => {
    const text = await page(path, 'shop', status)
    expect(text).to.include(`<code>${kind}</code>`)
  }
})
