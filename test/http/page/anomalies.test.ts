import { expect } from 'chai'
import { ANOMALY_KINDS } from '../../../domain/state/anomaly.ts'
import { anomalyInWords } from '../../../src/words/anomalyInWords.ts'
import { apiKey, signIn } from '../../support/page/signedIn.ts'
import { okText } from '../../support/service/answers.ts'
import { sharedService } from '../../support/service/service.ts'
import { document, newUser, SECRET, validation } from '../../support/webhooks/webhookBuilders.ts'

const API_KEYS = [apiKey('desk', 'kyc:read'), apiKey('auditor', 'audit:read', 'kyc:read')].join(',')
const EVENTS = 52

describe('the page of anomalies', () => {
  const service = sharedService({ API_KEYS, TREEZOR_WEBHOOK_SECRET: SECRET })
  let desk: Readonly<Record<string, string>>
  let auditor: Readonly<Record<string, string>>
  const user = newUser()

  before(async () => {
    await service().deliver(validation(user))
    for (let index = 0; index < EVENTS; index += 1)
      await service().deliver(document('create', 'X', {}, { documentId: `9${index}XX`, fileName: '<b>' }))
    desk = await signIn(service(), 'desk')
    auditor = await signIn(service(), 'auditor')
    await service().projected({ cookie: desk['cookie'] ?? '' })
  })

  const page = async (path: string, headers = desk): Promise<string> => okText(await service().get(path, headers))

  it('tells how many show each kind, and what each kind means', async () => {
    const shown = await page('/anomalies')
    expect(shown).to.match(/no-request-seen<.*href="\/users\?anomaly=no-request-seen">1</)
    expect(shown).to.match(/user-unknown<.*href="\/anomalies\?kind=user-unknown#nobody">52</)
    for (const kind of ANOMALY_KINDS)
      expect(shown, kind).to.include(kind).and.to.include(anomalyInWords(kind).slice(0, 40))
  })

  it('lists events of nobody in pages, none twice and none left out', async () => {
    const seen: string[] = []
    for (let path: string | undefined = '/anomalies'; path !== undefined; ) {
      const shown: string = await page(path, auditor)
      seen.push(...[...shown.matchAll(/href="\/unattributed\/events\/(\d+)"/g)].map(([, revision]) => revision ?? ''))
      path = /href="([^"]*)" rel="next"/.exec(shown)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(seen).to.deep.equal(Array.from({ length: EVENTS }, (_, revision) => String(revision)))
    expect(await page('/anomalies?kind=event-altered')).to.include('There are none')
  })

  it('leads to what was recorded only whoever may read that, and records that he did', async () => {
    expect(await page('/anomalies')).not.to.include('/unattributed/events/')
    expect((await service().get('/unattributed/events/0', desk)).status).to.equal(403)
    const accesses = async (): Promise<number> =>
      JSON.parse(
        await okText(await service().get('/access?limit=1000', { cookie: auditor['cookie'] ?? '' })),
      ).events.filter(({ read, key }: Record<string, unknown>) => read === 'unattributed-events' && key === 'auditor')
        .length
    const before = await accesses()
    const shown = await page('/unattributed/events/0', auditor)
    expect(shown).to.include('&quot;fileName&quot;: &quot;&lt;b&gt;&quot;').and.not.to.include('<b>')
    expect(await accesses()).to.equal(before + 1)
    for (const revision of [EVENTS, 'x', '-1', '9'.repeat(30)])
      expect((await service().get(`/unattributed/events/${revision}`, auditor)).status).to.equal(404)
    expect(await accesses()).to.equal(before + 1)
  })

  it('says what is wrong with a question', async () => {
    for (const query of ['?kind=echo', '?after=x', '?anomaly=echo'])
      expect((await service().get(`/anomalies${query}`, desk)).status).to.equal(400)
  })
})
