import { expect } from 'chai'
import type { BrowserContext, Page } from 'playwright-core'
import { inTab, sharedBrowser } from '../../support/browser/browser.ts'
import { expectAccessible, expectKeyboardReaches, expectNoSidewaysScroll } from '../../support/browser/expectations.ts'
import { apiKey, signIn } from '../../support/page/signedIn.ts'
import { sharedService } from '../../support/service/service.ts'
import { badlySigned, newUser, refusal, request } from '../../support/webhooks/webhookBuilders.ts'

/** More than one page of the list holds. */
const USERS = 104

describe('the pages in a browser', () => {
  const service = sharedService({
    API_KEYS: apiKey('officer', 'kyc:read'),
    TREEZOR_WEBHOOK_SECRET: 'development',
  })
  const browser = sharedBrowser()
  const users = Array.from({ length: USERS }, () => newUser())
  let cookie = ''
  before(async () => {
    for (const user of users) await service().deliver(request(user))
    await service().deliver(refusal(users[0] ?? ''))
    await service().projected({ authorization: 'Bearer key-of-officer' })
    await service().post(badlySigned(request(newUser())))
    cookie = (await signIn(service(), 'officer'))['cookie'] ?? ''
  })

  const signedIn = async (context: BrowserContext): Promise<void> => {
    const [name = '', value = ''] = cookie.split('=')
    await context.addCookies([{ name, value, url: service().url, httpOnly: true, sameSite: 'Strict' }])
  }
  const looking = <A>(
    how: { readonly javaScript?: boolean; readonly dark?: boolean },
    use: (page: Page) => Promise<A>,
  ) =>
    inTab(browser(), service().url, how, async (page) => {
      await signedIn(page.context())
      return use(page)
    })

  it('are for everybody where nobody fits, and where a question is wrong', () =>
    looking({}, async (page) => {
      for (const path of ['/users?status=closed', '/users?status=x']) {
        await page.goto(path)
        await expectAccessible(page)
        await expectNoSidewaysScroll(page, 320)
        await expectKeyboardReaches(page)
      }
    }))

  it('let in who types a key, where he wanted to go, and out again, with the keyboard alone', () =>
    inTab(browser(), service().url, { javaScript: false }, async (page) => {
      await page.goto('/users?status=refused')
      await page.getByLabel('API key').focus()
      await page.keyboard.type('key-of-nobody')
      await page.keyboard.press('Enter')
      await page.getByText('No such key is known here.').waitFor()
      await page.getByLabel('API key').focus()
      await page.keyboard.type('key-of-officer')
      await page.keyboard.press('Enter')
      await page.waitForURL('**/users?status=refused')
      expect(await page.getByRole('row').count()).to.equal(2)
      await page.getByRole('button', { name: 'Sign out' }).focus()
      await page.keyboard.press('Enter')
      await page.waitForURL('**/sign-in')
      await page.goto('/users')
      expect(await page.title()).to.equal('Sign in · kyc-ledger')
    }))

  it('find a user, and list who fits, page by page', () =>
    looking({ javaScript: false }, async (page) => {
      await page.goto('/')
      // Nothing that somebody may look for by mistake comes into a URL.
      await page.getByLabel('Find a user').fill('Jeanne Dupont')
      await page.keyboard.press('Enter')
      expect(page.url()).to.equal(`${service().url}/`)
      await page.getByLabel('Find a user').fill(` ${users[0]}`)
      await page.keyboard.press('Enter')
      await page.waitForURL(`**/users/${users[0]}`)
      await page.goto('/users')
      await page.getByLabel('Status', { exact: true }).selectOption('pending')
      await page.getByRole('button', { name: 'Show' }).click()
      await page.waitForURL('**/users?status=pending')
      const listed: (string | null)[] = []
      const read = async (): Promise<void> => {
        listed.push(...(await page.getByRole('rowheader').allTextContents()))
      }
      await read()
      expect(listed).to.have.length(100)
      await page.getByRole('link', { name: 'Next page' }).click()
      await page.waitForURL('**/users?status=pending&after=*')
      await read()
      expect(listed).to.deep.equal(users.slice(1).toSorted())
      await page.getByRole('link', { name: 'First page' }).click()
      await page.waitForURL('**/users?status=pending')
    }))
})
