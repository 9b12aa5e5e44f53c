import { expect } from 'chai'
import type { Page } from 'playwright-core'
import type { Service } from '../../../src/service/startService.ts'
import { inTab, sharedBrowser, type TabState } from '../../support/browser/browser.ts'
import {
  asPrinted,
  expectAccessible,
  expectAccessibleInTheDark,
  expectKeyboardReaches,
  expectNoSidewaysScroll,
} from '../../support/browser/expectations.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { apiKey, HTML } from '../../support/page/signedIn.ts'
import { untilTrue } from '../../support/patience.ts'
import { heldBackLife } from '../../support/releases/releasing.ts'
import type { Taken } from '../../support/service/answers.ts'
import { appAt, startHere } from '../../support/service/inProcess.ts'
import { routesOf } from '../../support/service/routes.ts'
import { HOSTILE, hostileWebhooks } from '../../support/webhooks/hostileWebhooks.ts'
import { document, newUser, request, SECRET, signed } from '../../support/webhooks/webhookBuilders.ts'

const SCOPES = ['kyc:read', 'audit:read', 'retention:read', 'journal:write', 'release:request']
const ENV = { API_KEYS: apiKey('operator', ...SCOPES), TREEZOR_WEBHOOK_SECRET: SECRET }
const USER = newUser()
/** One of whom something is held back. */
const HELD_BACK = newUser()

/** Every page, by its route, and where one stands that shows as much as it can. */
const PAGES: Readonly<Record<string, string>> = {
  'GET /': '/',
  'GET /sign-in': '/sign-in',
  'GET /find': `/find?userId=${'9'.repeat(40)}`,
  'GET /users': '/users',
  'GET /users/{userId}': `/users/${USER}?events=8`,
  'GET /users/{userId}/events/{revision}': `/users/${USER}/events/2`,
  'GET /anomalies': '/anomalies',
  'GET /unattributed/events/{revision}': '/unattributed/events/0',
  'GET /deliveries': '/deliveries',
  'GET /access': `/access?userId=${USER}`,
  'GET /health': '/health',
  'GET /docs': '/docs',
}

/** A page of hundreds of parts that are made alike: to look at each takes longer than all else, so most of them go first. */
const LONG = 'GET /docs'
const KEEP_SOME = "[...document.querySelectorAll('main > *')].forEach((part, index) => index % 8 > 0 && part.remove())"

/** What pages load, and what forms are sent to: each leads to a page above, or is pressed below. */
const NO_PAGE =
  /^GET \/page\/|^POST \/(?:sign-in|sign-out|deliveries\/submit|users\/\{userId\}\/release\/(?:request|confirm))$/

/** Routes that are there with pages and not without; one that both have counts if it is there once more. */
const routesOfPages = (withPages: readonly string[], without: readonly string[]): readonly string[] => {
  const left = [...without]
  return withPages.filter((route) => {
    const index = left.indexOf(route)
    if (index !== -1) left.splice(index, 1)
    return index === -1
  })
}

describe('every page', () => {
  const browser = sharedBrowser()
  let service: Service
  let state: TabState
  before(async () => {
    service = await startHere(newDirectory(), ENV)
    let last = ''
    const post = async (body: string, headers = {}): Promise<void> => {
      const response = await fetch(`${service.url}/webhooks/treezor`, { method: 'POST', body, headers })
      const { events = [] } = (await response.json()) as Partial<Taken>
      last = events.at(-1)?.position ?? last
    }
    for (const webhook of heldBackLife(HELD_BACK)) await post(signed(webhook))
    await post(signed(request(USER)))
    for (const webhook of hostileWebhooks(USER)) await post(signed(webhook))
    await post(signed(document('create', HOSTILE, {}, { documentId: HOSTILE, fileName: HOSTILE })))
    await post(signed(request(newUser()), 'a secret that nobody has set'))
    await post(HOSTILE, { 'content-type': `text/plain; x="${'W'.repeat(300)}"` })
    const headers = { authorization: 'Bearer key-of-operator' }
    await untilTrue('the events are heard', async () => {
      const { status } = await fetch(`${service.url}/users/${USER}/kyc?minPosition=${last}`, { headers })
      return status === 200
    })
    // By the keyboard alone, and without scripts.
    state = await inTab(browser(), service.url, { javaScript: false }, async (page) => {
      await page.goto('/sign-in')
      await page.getByLabel('API key').focus()
      await page.keyboard.type('key-of-operator')
      await page.keyboard.press('Enter')
      await page.getByText('Signed in as operator').waitFor()
      return page.context().storageState()
    })
  })
  after(() => service.stop())

  /** A tab in which the operator is signed in. */
  const signedIn = <A>(looking: Parameters<typeof inTab>[2], use: (page: Page) => Promise<A>): Promise<A> =>
    inTab(browser(), service.url, { ...looking, state }, use)

  /** What holds for every page, whatever it shows. */
  const expectForEverybody = async (page: Page): Promise<void> => {
    await expectAccessible(page)
    await expectAccessibleInTheDark(page)
    await expectNoSidewaysScroll(page, 320)
    await expectKeyboardReaches(page)
    await asPrinted(page, async () => {
      await expectNoSidewaysScroll(page, 718)
      expect(await page.locator('h1').isVisible()).to.equal(true)
      const away = page.locator('form:visible, .top nav:visible, .pager:visible')
      expect(await away.count(), 'what leads away, on paper').to.equal(0)
    })
    expect(await page.evaluate('window.stolen'), 'a text of the provider was run').to.equal(undefined)
  }

  it('has its place here', async () => {
    const off = await startHere(newDirectory(), { ...ENV, PAGE: 'off' })
    const routes = routesOfPages(routesOf(await appAt(service.url)), routesOf(await appAt(off.url)))
    await off.stop()
    const pages = [...new Set(routes)].filter((route) => !NO_PAGE.test(route))
    expect(Object.keys(PAGES).toSorted()).to.deep.equal(pages.toSorted())
  })

  it('says which methods there are to who takes another', async () => {
    const methods = Map.groupBy(routesOf(await appAt(service.url)), (route) => route.split(' ')[1] ?? '')
    for (const [route, of] of methods) {
      const path = PAGES[`GET ${route}`] ?? route.replace('{path}', '0/000').replaceAll(/\{\w+\}/g, '1')
      const response = await fetch(`${service.url}${path}`, { method: 'PATCH', headers: HTML })
      await response.arrayBuffer()
      const allowed = [
        of.some((one) => one.startsWith('GET ')) && 'GET, HEAD',
        of.some((one) => one.startsWith('POST ')) && 'POST',
      ]
      const known = [405, allowed.filter((one) => one !== false).join(', ')]
      expect([response.status, response.headers.get('allow')], path).to.deep.equal(known)
    }
  })

  for (const [route, path] of Object.entries(PAGES)) {
    it(`is for everybody: ${route}`, async () => {
      const head = await signedIn({}, async (page) => {
        await page.goto(path)
        if (route === LONG) await page.evaluate(KEEP_SOME)
        await expectForEverybody(page)
        return page.locator('h1').textContent()
      })
      await signedIn({ javaScript: false }, async (page) => {
        await page.goto(path)
        expect(await page.locator('h1').textContent()).to.equal(head)
        await expectNoSidewaysScroll(page, 320)
      })
    })
  }

  it('is for everybody: what a form of deliveries is answered with, sent by the keyboard alone and without scripts', async () => {
    await signedIn({ javaScript: false }, async (page) => {
      await page.goto('/deliveries')
      await page.getByRole('button', { name: 'All that are open for signature' }).focus()
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Submitted again' }).waitFor()
      expect(await page.locator('main').textContent()).to.include('none of a secret that is set here')
    })
    await signedIn({}, async (page) => {
      await page.goto('/deliveries')
      await page
        .getByRole('button', { name: /^Submit again delivery/ })
        .first()
        .click()
      await page.getByRole('heading', { name: 'Submitted again' }).waitFor()
      await expectForEverybody(page)
    })
  })

  it('is for everybody: a user of whom something is held back, and the form that asks for its release', async () => {
    await signedIn({}, async (page) => {
      await page.goto(`/users/${HELD_BACK}`)
      await expectForEverybody(page)
    })
    await signedIn({ javaScript: false }, async (page) => {
      await page.goto(`/users/${HELD_BACK}`)
      await page.getByLabel('Reason').focus()
      await page.keyboard.type(`seen there ${'W'.repeat(200)}`)
      await page.keyboard.press('Enter')
      await page.getByText('waits for another person').waitFor()
      await expectNoSidewaysScroll(page, 320)
    })
  })

  it('is for everybody: a problem, and what is shown to who has not signed in', async () => {
    await signedIn({}, async (page) => {
      await page.goto('/users/007')
      await expectForEverybody(page)
    })
    await inTab(browser(), service.url, {}, async (page) => {
      await page.goto('/users')
      await expectForEverybody(page)
    })
  })
})
