import { expect } from 'chai'
import { shownText } from '../../support/page/shownText.ts'
import { apiKey, signIn } from '../../support/page/signedIn.ts'
import { okText } from '../../support/service/answers.ts'
import { sharedService } from '../../support/service/service.ts'
import { newUser, request, SECRET } from '../../support/webhooks/webhookBuilders.ts'

const API_KEYS = [apiKey('desk', 'kyc:read'), apiKey('auditor', 'audit:read', 'kyc:read')].join(',')
const READINGS = 101

describe('the page of who has looked', () => {
  const service = sharedService({ API_KEYS, TREEZOR_WEBHOOK_SECRET: SECRET })
  const [user, other] = [newUser(), newUser()]
  let auditor: Readonly<Record<string, string>>

  before(async () => {
    await service().deliver(request(user))
    await service().deliver(request(other))
    auditor = await signIn(service(), 'auditor')
    const authorization = 'Bearer key-of-auditor'
    for (let reading = 0; reading < READINGS; reading += 1)
      await okText(await service().get(`/users/${user}/events`, { authorization }))
    await okText(await service().get(`/users/${other}/events`, { authorization }))
  })

  const page = async (path: string): Promise<string> => okText(await service().get(path, auditor))
  const numbers = (shown: string): readonly number[] =>
    [...shown.matchAll(/scope="row">(\d+)</g)].map(([, revision]) => Number(revision))

  it('tells by which key what was read and when, newest first and this reading before all', async () => {
    const shown = shownText(await page(`/access?userId=${other}`))
    expect(shown).to.match(
      new RegExp(
        `User (\\d+) When [\\d-]{10} [\\d:]{8} UTC Key auditor What was read who has looked User ${other} \\d+ When [\\d-]{10} [\\d:]{8} UTC Key auditor What was read events of the user as recorded User ${other}`,
      ),
    )
    expect(shown).not.to.include(user)
  })

  it('comes in pages, none twice and none left out', async () => {
    const first = await page(`/access?userId=${user}`)
    const next = /href="([^"]*)" rel="next"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const seen = [...numbers(first), ...numbers(await page(next))]
    expect(numbers(first)).to.have.length(100)
    expect(new Set(seen).size).to.equal(READINGS + 1)
    expect(seen).to.deep.equal(seen.toSorted((a, b) => b - a))
    expect(numbers(await page('/access?before=0'))).to.deep.equal([])
  })

  it('is for auditors alone, and JSON for whoever asks for no page', async () => {
    expect((await service().get('/access', await signIn(service(), 'desk'))).status).to.equal(403)
    expect((await service().get('/access?before=x', auditor)).status).to.equal(400)
    const json = await service().get('/access', { authorization: 'Bearer key-of-auditor' })
    expect(json.headers.get('content-type')).to.match(/^application\/json/)
    expect(json.headers.get('vary')).to.match(/accept/i)
    await json.arrayBuffer()
  })
})
