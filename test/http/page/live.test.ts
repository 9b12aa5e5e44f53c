import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { inTab, sharedBrowser } from '../../support/browser/browser.ts'
import { apiKey, sendForm, signIn, tokenOn } from '../../support/page/signedIn.ts'
import { sharedService } from '../../support/service/service.ts'
import { newUser, refusal, request, validation } from '../../support/webhooks/webhookBuilders.ts'

const LIVE = 'Live: what changes is shown here by itself.'

describe('a page that is looked at', () => {
  const service = sharedService({ API_KEYS: apiKey('officer', 'kyc:read'), TREEZOR_WEBHOOK_SECRET: 'development' })
  const browser = sharedBrowser()

  const looking = async <A>(path: string, use: (page: Page) => Promise<A>): Promise<A> => {
    const [name = '', value = ''] = (await signIn(service(), 'officer'))['cookie']?.split('=') ?? []
    return inTab(browser(), service().url, {}, async (page) => {
      await page.context().addCookies([{ name, value, url: service().url }])
      await page.goto(path)
      await page.getByRole('status').getByText(LIVE).waitFor()
      return use(page)
    })
  }
  const rowOf = (page: Page, user: string) => page.getByRole('row').filter({ hasText: user })
  const somebody = async (): Promise<string> => {
    const user = newUser()
    await service().deliver(request(user))
    await service().projected({ authorization: 'Bearer key-of-officer' })
    return user
  }

  it('shows of each user how he stands as soon as that changes, and says so in a word', async () => {
    const [user, other] = [await somebody(), await somebody()]
    await looking('/users', async (page) => {
      await page.getByRole('link', { name: other, exact: true }).focus()
      await service().deliver(validation(user))
      await rowOf(page, user).getByText('validated').waitFor()
      expect(await rowOf(page, user).textContent()).to.match(/changed/)
      expect(await rowOf(page, other).textContent()).to.not.match(/changed/)
      expect(await page.getByRole('status').textContent()).to.match(/It changed at \d/)
      expect(await page.evaluate('document.activeElement.textContent')).to.equal(other)
      const newcomer = await somebody()
      await rowOf(page, newcomer).getByText('changed').waitFor()
      expect(await rowOf(page, user).textContent()).to.not.match(/changed/)
    })
  })

  it('takes nothing away from who chooses something or marks a text, and shows it when he says so', async () => {
    const user = await somebody()
    await looking('/users', async (page) => {
      await page.getByLabel('Status', { exact: true }).focus()
      await service().deliver(validation(user))
      const showIt = page.getByRole('button', { name: 'Show it' })
      await showIt.waitFor()
      expect(await rowOf(page, user).textContent()).to.match(/pending/)
      await showIt.click()
      await rowOf(page, user).getByText('validated').waitFor()

      await page.getByRole('heading', { level: 1 }).selectText()
      await service().deliver(refusal(user))
      await showIt.waitFor()
      expect(await rowOf(page, user).textContent()).to.match(/validated/)
      await showIt.click()
      await rowOf(page, user).getByText('refused').waitFor()
    })
  })

  it('is that of one user, and changes when he does', async () => {
    const [user, other] = [await somebody(), await somebody()]
    await looking(`/users/${user}`, async (page) => {
      await service().deliver(validation(other))
      await service().deliver(validation(user))
      await page.getByRole('status').getByText('It changed at').waitFor()
      expect(await page.locator('main').textContent()).to.include('Validated by')
    })
  })

  it('is that of a user of whom nothing is known yet, and shows him once he is heard of', async () => {
    const user = newUser()
    await looking(`/users/${user}`, async (page) => {
      expect(await page.title()).to.include('No event of the user is known')
      await service().deliver(request(user))
      await page.getByRole('status').getByText('It changed at').waitFor()
      expect(await page.locator('main').textContent()).to.include('Pending for')
      expect(await page.title()).to.include(`User ${user}`)
    }).catch((error: unknown) => {
      if (!String(error).includes('404 for ')) throw error
    })
  })

  it('is told no more once the session has ended, and says so', async () => {
    await looking('/users', async (page) => {
      const [{ name = '', value = '' } = {}] = await page.context().cookies()
      const session = { cookie: `${name}=${value}` }
      const token = tokenOn(await page.content())
      // In another tab; the browser then comes again, and is refused.
      const refused = page.waitForResponse(
        (response) => response.url().includes('/changes') && response.status() === 401,
      )
      expect((await sendForm(service(), '/sign-out', { token }, session)).status).to.equal(303)
      await refused
      await page.getByRole('status').getByText('Not live').waitFor()
    }).catch((error: unknown) => {
      if (!String(error).includes('401 for ')) throw error
    })
  })
})
