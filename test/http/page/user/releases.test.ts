import { expect } from 'chai'
import type { Service } from '../../../../src/service/startService.ts'
import { newDirectory } from '../../../support/newDirectory.ts'
import { shownText } from '../../../support/page/shownText.ts'
import { apiKey, HTML, sendForm, signIn, tokenOn } from '../../../support/page/signedIn.ts'
import { heldBackLife } from '../../../support/releases/releasing.ts'
import { answered, okText } from '../../../support/service/answers.ts'
import { startHere } from '../../../support/service/inProcess.ts'
import { newUser, refusal, SECRET, signed } from '../../../support/webhooks/webhookBuilders.ts'

const PERSONS = {
  shop: ['kyc:read'],
  anna: ['kyc:read', 'release:request', 'release:confirm'],
  bert: ['kyc:read', 'release:confirm'],
} as const
type Person = keyof typeof PERSONS
const API_KEYS = Object.entries(PERSONS)
  .map(([name, scopes]) => apiKey(name, ...scopes))
  .join(',')

describe('what was held back, on the page of a user', () => {
  const user = newUser()
  let service: Service
  const sessions = new Map<Person, Readonly<Record<string, string>>>()
  before(async () => {
    service = await startHere(newDirectory(), { API_KEYS, TREEZOR_WEBHOOK_SECRET: SECRET })
    for (const webhook of heldBackLife(user)) {
      const sent = { method: 'POST', body: signed(webhook) }
      await okText(await fetch(`${service.url}/webhooks/treezor`, sent))
    }
    for (const person of Object.keys(PERSONS) as Person[]) sessions.set(person, await signIn(service, person))
  })
  after(() => service.stop())

  const page = async (person: Person): Promise<string> =>
    okText(await answered(() => fetch(`${service.url}/users/${user}`, { headers: sessions.get(person) ?? HTML })))
  const send = async (person: Person, step: 'request' | 'confirm', fields: Readonly<Record<string, string>>) => {
    const token = tokenOn(await page(person))
    return answered(() =>
      sendForm(service, `/users/${user}/release/${step}`, { token, ...fields }, sessions.get(person)),
    )
  }
  const problemOf = async (response: Response): Promise<readonly [number, string]> => [
    response.status,
    shownText(await response.text()),
  ]

  it('is told to everybody, with why; the form is shown to who may ask for a release', async () => {
    const shown = await page('shop')
    expect(shownText(shown))
      .to.include('Held back, and released')
      .and.include('the same payload was here before, under another id and time')
    expect(shown).to.not.include('/release/')
    expect(await page('bert')).to.not.include('/release/')
    expect(await page('anna')).to.include(`action="/users/${user}/release/request"`)
  })

  it('is asked for and confirmed by forms, each by another person, and tells who and why to who may know', async () => {
    const event = { stream: `kyc-${user}`, revision: '3' }
    const reason = 'seen in the <dashboard>'
    expect((await problemOf(await send('anna', 'request', event)))[0]).to.equal(400)
    expect((await problemOf(await send('anna', 'request', { ...event, revision: '1', reason })))[0]).to.equal(409)
    const asked = await send('anna', 'request', { ...event, reason })
    expect([asked.status, asked.headers.get('location')]).to.deep.equal([303, `/users/${user}#releases`])
    expect(await page('anna')).to.not.include(`/release/confirm`)
    expect(shownText(await page('anna'))).to.include('waits for another person')
    const [status, text] = await problemOf(await send('anna', 'confirm', { release: '4' }))
    expect([status, text.includes('another key')]).to.deep.equal([403, true])

    expect(await page('bert')).to.include(`/release/confirm`)
    expect((await problemOf(await send('bert', 'request', { ...event, reason })))[0]).to.equal(403)
    const foreign = { origin: 'https://elsewhere.example' }
    const token = tokenOn(await page('bert'))
    const elsewhere = { ...sessions.get('bert'), ...foreign }
    expect(
      (await sendForm(service, `/users/${user}/release/confirm`, { token, release: '4' }, elsewhere)).status,
    ).to.equal(403)
    expect((await send('bert', 'confirm', { release: '4' })).status).to.equal(303)
    const shown = shownText(await page('bert'))
    expect(shown).to.match(
      /Validated by user\.kycreview of 4 March 2025.*it was held back as an echo, and counts since two persons released it, on/,
    )
    expect(shown).to.include('by anna: seen in the <dashboard>').and.include('confirmed by bert')
    expect(shown).to.include('A release was asked for').and.include('counts')
  })

  it('names nobody to who may only know how users stand', async () => {
    const shown = shownText(await page('shop'))
    expect(shown).to.include('by two persons').and.include('it was held back as an echo')
    for (const secret of ['anna', 'bert', 'dashboard']) expect(shown).to.not.include(secret)
  })

  it('is told to be void once a refusal comes to be known that lies before the release', async () => {
    const late = refusal(user, { createdAt: Date.parse('2025-03-05T10:00:00Z') * 10 }, { city: 'Lyon' })
    await okText(await fetch(`${service.url}/webhooks/treezor`, { method: 'POST', body: signed(late) }))
    const shown = shownText(await page('bert'))
    expect(shown).to.include('void: not followed: what it names is not held back').and.include('Refused')
    expect(shown).to.not.include('counts since')
  })
})
