import { expect } from 'chai'
import { canonicalise } from '../../../../src/webhooks/canonicalJson.ts'
import { appendOwn, observed, said as ownOf, releaseRequested } from '../../../support/events/ownEvents.ts'
import { instant } from '../../../support/events/storedEvents.ts'
import { writingLog } from '../../../support/logs/logs.ts'
import { newDirectory } from '../../../support/newDirectory.ts'
import { sectionOf, shownText } from '../../../support/page/shownText.ts'
import { apiKey, signIn } from '../../../support/page/signedIn.ts'
import { sharedService } from '../../../support/service/service.ts'
import { but, newUser, request, users, type WebhookFields } from '../../../support/webhooks/webhookBuilders.ts'

const API_KEYS = [apiKey('shop', 'kyc:read'), apiKey('auditor', 'kyc:read', 'audit:read')].join(',')

interface Access {
  readonly key: string
  readonly read: string
  readonly userId: string
}

describe('the page of an event', () => {
  const asked = newUser()
  const [refused, waiting] = [newUser(), newUser()]
  const directory = newDirectory()
  before(() =>
    writingLog(directory, async (store) => {
      const said = { kycReview: '3', kycLevel: '4', userStatus: '<b>' }
      await appendOwn(store, asked, observed(asked, said, instant('2026-03-01T08:00:00Z')))
      for (const [user, kycReview] of [
        [refused, '3'],
        [waiting, '1'],
      ] as const)
        await appendOwn(store, user, observed(user, { kycReview }, instant('2026-03-01T08:00:00Z')))
      const [first = expect.fail()] = await Array.fromAsync(store.readStream(`kyc-${asked}`))
      const metadata = JSON.stringify({ ...JSON.parse(first.metadata), payloadHash: '0'.repeat(64) })
      await appendOwn(
        store,
        asked,
        releaseRequested({ ...first, metadata }, 'mary', instant('2026-03-01T09:00:00Z')),
        ownOf(asked, 'observed', { source: 'somebody else' }, instant('2026-03-01T10:00:00Z')),
      )
    }),
  )
  const service = sharedService({ API_KEYS, TREEZOR_WEBHOOK_SECRET: 'development' }, () => directory)
  const page = async (path: string, name: 'shop' | 'auditor', status: number): Promise<string> => {
    const response = await service().get(path, await signIn(service(), name))
    const text = await response.text()
    expect(response.status, text).to.equal(status)
    expect(response.headers.get('cache-control')).to.equal('no-store')
    return text
  }
  const accesses = async (user: string): Promise<readonly Access[]> => {
    const headers = { authorization: 'Bearer key-of-auditor', accept: 'application/json' }
    const response = await service().get(`/access?userId=${user}`, headers)
    const { events } = (await response.json()) as { readonly events: readonly Access[] }
    // To ask who has looked is to look.
    return events.filter(({ read }) => read === 'user-events')
  }
  /** Its text as a browser shows it, spaces and all. */
  const exactly = (html: string): string =>
    html
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&')
  const pre = (html: string, label: string): string =>
    exactly(new RegExp(`<pre [^>]*aria-label="${label}">([^<]*)</pre>`).exec(html)?.[1] ?? '')

  const odd = (user: string): WebhookFields => {
    const webhook = request(user)
    const { payloadText } = webhook
    const tag = '"userTag":"<b>é\u202e/\\u00e9&amp;</b>","amount":0.00,"big":12345678901234567890123'
    return but(webhook, { payloadText: payloadText.replace('{"userId"', `{${tag},"userId"`) })
  }

  it('shows the webhook laid out, every number, key and escape as it came, and the signed text', async () => {
    const user = newUser()
    const webhook = odd(user)
    expect(webhook.payloadText).to.include('0.00')
    await service().deliver(webhook)
    const text = await page(`/users/${user}/events/0`, 'auditor', 200)
    const shown = pre(text, 'Webhook')
    // What a browser would obey is shown as the escape that means the same in JSON.
    expect(shown).to.include('"userTag": "<b>é\\u202e/\\u00e9&amp;</b>",').and.to.include('"amount": 0.00,')
    expect(shown).to.include('"big": 12345678901234567890123,')
    expect(pre(text, 'Signed text')).to.equal(canonicalise(webhook.payloadText))
    expect(JSON.parse(pre(text, 'Metadata'))).to.include({ userId: user, echoOf: null })
    expect(text).to.not.include('<b>')
    expect(text).to.include(`href="/users/${user}/events/0/proof"`)
    expect(shownText(text)).to.match(/matched the secret with fingerprint [0-9a-f]{8} /)
  })

  it('is shown to auditors alone, and each of them is recorded before he sees it', async () => {
    const user = newUser()
    await service().deliver(request(user))
    expect(await page(`/users/${user}/events/0`, 'shop', 403)).to.include('missing-scope')
    expect(await accesses(user)).to.deep.equal([])
    await page(`/users/${user}/events/0`, 'auditor', 200)
    const [access, ...others] = await accesses(user)
    expect(access).to.include({ key: 'auditor', read: 'user-events', userId: user })
    expect(others).to.deep.equal([])
  })

  it('says of an echo what it repeats, and of a part that the signature is over the whole', async () => {
    const [user, other] = [newUser(), newUser()]
    const first = users([{ userId: user, kycReview: '1' }])
    await service().deliver(first)
    await service().deliver(but(first, { id: 'again', createdAt: 17_500_000_000_000 }))
    expect(await page(`/users/${user}/events/1`, 'auditor', 200)).to.include(
      `the same payload as <a href="/users/${user}/events/0">`,
    )
    await service().deliver(
      users([
        { userId: user, kycReview: '2' },
        { userId: other, kycReview: '3' },
      ]),
    )
    const part = await page(`/users/${user}/events/2`, 'auditor', 200)
    expect(sectionOf(part, 'signed')).to.include('The signature is over the whole.')
    expect(part).to.not.include(other)
  })

  it('is of an answer whose effect the page of the user tells', async () => {
    const effectOf = async (user: string) =>
      / Effect (.*?: .*?|.*?) [A-Z]/.exec(shownText(await page(`/users/${user}`, 'shop', 200)))?.[1]
    expect(await effectOf(refused)).to.include('the status is refused, whatever was signed before')
    expect(await effectOf(waiting)).to.include('none: it takes nothing away')
    expect(await effectOf(asked), 'nothing of him is certain').to.include('none: it takes nothing away')
  })

  it('says of what this service wrote itself that it did, what of, and shows it laid out', async () => {
    const first = await page(`/users/${asked}/events/0`, 'auditor', 200)
    expect(shownText(first)).to.match(
      /Type kyc-ledger\.observed .*Recorded 2026-03-01 08:00:00 UTC The provider was asked\. It answered: review 3 \(REFUSED\), .*nobody has signed it/,
    )
    expect(pre(first, 'What it says')).to.include('"kycReview": "3",').and.to.include('"userStatus": "<b>"')
    expect(first).to.not.include('<b>').and.not.include('id="signed"').and.not.include('the secret')
    const second = await page(`/users/${asked}/events/1`, 'auditor', 200)
    expect(second).to.include(`<a href="/users/${asked}/events/0">revision 0</a>`)
    expect(shownText(second)).to.include(
      `A release was asked for. Of revision 0 of kyc-${asked}, which was held back, by mary: he has shown it.`,
    )
    const third = await page(`/users/${asked}/events/2`, 'auditor', 200)
    expect(shownText(third)).to.include('This version cannot read what it says.')
    expect(pre(third, 'What it says')).to.include('"source": "somebody else"')
  })

  it('says that there is no such event', async () => {
    const user = newUser()
    await service().deliver(request(user))
    for (const revision of ['1', 'x', '-1', '9'.repeat(30)])
      expect(await page(`/users/${user}/events/${revision}`, 'auditor', 404)).to.include('<code>unknown-event</code>')
    expect(await accesses(user)).to.deep.equal([])
    expect(await page(`/users/${user}/events/0?x=1`, 'auditor', 400)).to.include('<code>bad-parameter</code>')
  })
})
