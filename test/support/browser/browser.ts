import { type Browser, type BrowserContext, type Page, chromium as playwright } from 'playwright-core'
import { chromium } from './chromium.ts'
import { guarded } from './guard.ts'

/** Nothing but this machine has an address: no test asks the network, and none depends on it. */
const ARGUMENTS = [
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  '--disable-gpu',
  '--font-render-hinting=none',
]

/** Starts a browser, which ends with this process if nobody closes it. */
export const openBrowser = async (): Promise<Browser> =>
  playwright.launch({ ...(await chromium()), args: ARGUMENTS, headless: true })

/** One browser for all tests of a `describe`, closed with it. */
export const sharedBrowser = (): (() => Browser) => {
  let browser: Browser | undefined
  before(async () => {
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
  })
  return () => {
    if (browser === undefined) throw new Error('the browser has not been started')
    return browser
  }
}

/** How a page is looked at. */
interface Looking {
  /** As by a browser in which scripts are turned off. */
  readonly javaScript?: boolean
  readonly dark?: boolean
  readonly width?: number
  readonly height?: number
  /** What another tab has come to: who is signed in there is here as well. */
  readonly state?: TabState
}

/** The cookies of a tab. */
export type TabState = Awaited<ReturnType<BrowserContext['storageState']>>

/**
 * Gives a tab of a browser of its own (no cookies), whose paths are those of the service at `url`. Fails, once `use` is done, if in
 * the console stood an error, the page's policy was violated, anything did not load, or anything but the service was asked.
 */
export const inTab = async <A>(
  browser: Browser,
  url: string,
  { javaScript = true, dark = false, width = 1024, height = 768, state }: Looking,
  use: (page: Page) => Promise<A>,
): Promise<A> => {
  const context = await browser.newContext({
    baseURL: url,
    javaScriptEnabled: javaScript,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    viewport: { width, height },
    locale: 'en-GB',
    timezoneId: 'UTC',
    ...(state === undefined ? {} : { storageState: state }),
  })
  try {
    const faults = guarded(context, url)
    const result = await use(await context.newPage())
    const found = await faults()
    if (found.length > 0) throw new Error(`the page is not as it must be:\n${found.join('\n')}`)
    return result
  } finally {
    await context.close()
  }
}
