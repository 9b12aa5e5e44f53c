import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { inTab, sharedBrowser } from '../../../support/browser/browser.ts'
import { asPrinted, expectAccessible, expectNoSidewaysScroll } from '../../../support/browser/expectations.ts'
import { preparedUser, prepareLog } from '../../../support/logs/preparedLog.ts'
import { newDirectory } from '../../../support/newDirectory.ts'
import { HTML } from '../../../support/page/signedIn.ts'
import { type OwnService, readyHere } from '../../../support/service/service.ts'
import {
  document,
  kycReview,
  newUser,
  on,
  refusal,
  request,
  validation,
} from '../../../support/webhooks/webhookBuilders.ts'

const LONG = 2000

describe('the pages of a user in a browser', () => {
  const browser = sharedBrowser()
  const [user, long] = [newUser(), preparedUser(0)]
  let service: OwnService
  before(async () => {
    const directory = newDirectory()
    await prepareLog(directory, 1, LONG)
    service = await readyHere(directory)
    for (const webhook of [
      request(user, on(1)),
      refusal(user, on(2)),
      validation(user, on(3)),
      kycReview('request', user, on(4)),
      document('create', user, on(5)),
      request(user, on(2)),
    ])
      await service.deliver(webhook)
    await service.kyc(user)
  })
  after(() => service.stop())

  const looking = <A>(how: Parameters<typeof inTab>[2], use: (page: Page) => Promise<A>): Promise<A> =>
    inTab(browser(), service.url, how, use)
  const open = async (page: Page, path: string, status = 200): Promise<void> => {
    const response = await page.goto(path)
    expect(response?.status(), path).to.equal(status)
  }

  it('are for everybody, also where another time is asked about, or none can be read', () =>
    looking({}, async (page) => {
      for (const [query, status] of [
        ['?asOf=2025-03-02', 200],
        ['?asOf=soon', 400],
      ] as const) {
        await open(page, `/users/${user}${query}`, status)
        await expectAccessible(page)
        await expectNoSidewaysScroll(page, 320)
      }
    }))

  it('are asked about another time by keyboard alone', () =>
    looking({ javaScript: false }, async (page) => {
      await open(page, `/users/${user}`)
      await page.getByLabel(/^As of/).focus()
      await page.keyboard.type('1 March 2025')
      await page.keyboard.press('Enter')
      await page.waitForURL(/asOf=1\+March\+2025/)
      expect(await page.locator('.standing').textContent()).to.match(/pending/)
      expect(await page.locator('.notice-note').textContent()).to.include('1 March 2025')
      await page.getByRole('link', { name: 'How things stand now' }).click()
      await page.waitForURL(`**/users/${user}`)
    }))

  it('tell in words what a statechart shows', () =>
    looking({}, async (page) => {
      await open(page, `/users/${user}`)
      const chart = page.getByRole('img', { name: 'Legacy life cycle' })
      expect(await chart.count()).to.equal(1)
      // Where things stand differs by more than a colour: by a word, and by a line around a filled state.
      expect(await chart.locator('.now .now-mark').innerHTML()).to.equal('now')
      const fill = (which: string): Promise<unknown> =>
        page.evaluate(`getComputedStyle(document.querySelector('.statechart ${which} rect')).fill`)
      expect(await fill('.now')).to.not.equal(await fill('.been'))
    }))

  it('change while one looks, and not while somebody types', () =>
    looking({}, async (page) => {
      const changing = newUser()
      await service.deliver(request(changing, on(1)))
      await service.kyc(changing)
      await open(page, `/users/${changing}`)
      const status = page.locator('.standing .mark')
      expect((await status.textContent())?.trim()).to.equal('pending')
      await page.getByText('Live:').waitFor()
      await service.deliver(validation(changing, on(2)))
      await page.locator('.standing .mark-validated').waitFor()
      await page.getByLabel(/^As of/).fill('2025')
      await service.deliver(refusal(changing, on(3)))
      await page.getByRole('button', { name: 'Show it' }).click()
      await page.locator('.standing .mark-refused').waitFor()
    }))

  it('are a case file on paper: all of the page, and nothing that only leads elsewhere', () =>
    looking({}, async (page) => {
      await open(page, `/users/${user}`)
      await asPrinted(page, async () => {
        for (const heading of await page.locator('main h2').all()) expect(await heading.isVisible()).to.equal(true)
        expect(await page.locator('.timeline > li').last().isVisible()).to.equal(true)
        expect(await page.locator('.timeline a:visible').count()).to.equal(0)
        expect(await page.locator('.told').textContent()).to.include(`at /users/${user}.`)
      })
      expect((await page.pdf({ format: 'A4' })).length).to.be.greaterThan(10_000)
    }))

  it(`of ${LONG} events are there in less than a second, the newest hundred of them first`, () =>
    looking({}, async (page) => {
      const timed = async (): Promise<number> => {
        const before = performance.now()
        await open(page, `/users/${long}`)
        return performance.now() - before
      }
      // Other tests run beside this one: what counts is what it can be.
      expect(Math.min(await timed(), await timed(), await timed())).to.be.lessThan(1000)
      expect(await page.locator('.timeline > li').count()).to.equal(100)
      const all = await page.getByRole('link', { name: `All ${LONG} events on one page` }).getAttribute('href')
      await page.getByRole('link', { name: 'Older events' }).click()
      await page.waitForURL(/before=1901/)
      expect(await page.locator('.timeline > li').first().getAttribute('value')).to.equal('1900')
      const text = await (await service.get(all ?? '', HTML)).text()
      expect(text.match(/<li id="event-/g)).to.have.length(LONG)
    }))
})
