import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { inTab, sharedBrowser } from '../support/browser/browser.ts'
import {
  asPrinted,
  expectAccessible,
  expectAccessibleInTheDark,
  expectKeyboardReaches,
  expectNoSidewaysScroll,
} from '../support/browser/expectations.ts'

const POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'"

const page = (main: string, head = ''): string =>
  `<!doctype html><html lang="en"><head><title>A page</title><link rel="stylesheet" href="/style.css">${head}</head>
   <body><main><h1>A page</h1>${main}</main></body></html>`

const expectDark = async (tab: Page): Promise<void> => {
  await expectAccessible(tab)
  await expectAccessibleInTheDark(tab)
}

const FILES: Readonly<Record<string, readonly [type: string, text: string]>> = {
  '/style.css': [
    'text/css',
    'a{display:inline-block;padding:.5rem}.bare:focus{outline:none} @media print{nav{display:none}}@media (prefers-color-scheme:dark){.pale{background:#111;color:#333}}',
  ],
  '/trap.js': [
    'text/javascript',
    'document.querySelector("input").addEventListener("keydown",(event)=>event.preventDefault())',
  ],
  '/throws.js': ['text/javascript', 'throw new Error("thrown")'],
  '/asks.js': ['text/javascript', 'fetch("https://example.com/").catch(()=>undefined)'],
  '/good': ['text/html', page('<nav><a href="/good">Here</a></nav><form><label>Id <input></label></form>')],
  '/inline': ['text/html', page('<p style="color:red">Red</p>')],
  '/throwing': ['text/html', page('', '<script src="/throws.js" defer></script>')],
  '/asking': ['text/html', page('', '<script src="/asks.js" defer></script>')],
  '/lacking': ['text/html', page('', '<link rel="stylesheet" href="/lost.css">')],
  '/unlabelled': ['text/html', page('<input>')],
  '/pale': ['text/html', page('<p class="pale">Pale</p>')],
  '/wide': ['text/html', page(`<p>${'wide'.repeat(50)}</p>`)],
  '/bare': ['text/html', page('<a class="bare" href="/good">There</a>')],
  '/trap': [
    'text/html',
    page('<label>Id <input></label><a href="/good">There</a>', '<script src="/trap.js" defer></script>'),
  ],
}

/** What tests of pages look with must see what is wrong with one: nobody else would tell that they see nothing. */
describe('what pages are looked at with', () => {
  const browser = sharedBrowser()
  let server: Server
  let url = ''
  before(async () => {
    server = createServer(({ url: path = '' }, res) => {
      const [type, text] = FILES[path] ?? ['text/plain', 'nothing']
      const headers = { 'content-type': type, 'content-security-policy': POLICY }
      res.writeHead(path in FILES ? 200 : 404, headers).end(text)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => server.close())

  const look = async (path: string, use: (page: Page) => Promise<void> = async () => undefined): Promise<string> =>
    inTab(browser(), url, {}, async (tab) => {
      await tab.goto(path, { waitUntil: 'load' })
      await use(tab)
    }).then(
      () => 'nothing',
      (error: unknown) => String(error),
    )

  it('find nothing wrong with a page that is right', async () => {
    const said = await look('/good', async (tab) => {
      await expectDark(tab)
      await expectNoSidewaysScroll(tab, 320)
      await expectKeyboardReaches(tab)
      expect(await asPrinted(tab, () => tab.getByRole('link').count())).to.equal(0)
      expect(await tab.getByRole('link').count()).to.equal(1)
    })
    expect(said).to.equal('nothing')
  })

  for (const [what, path, told] of [
    ['an inline style', '/inline', /console: .*style-src/],
    ['a script that throws', '/throwing', /script: thrown/],
    ['a request to somebody else', '/asking', /connect-src/],
    ['something that is not there', '/lacking', /404 for .*lost\.css/],
  ] as const) {
    it(`see ${what}`, async () => {
      expect(await look(path)).to.match(told)
    })
  }

  for (const [what, path, expects, told] of [
    ['a field without a name', '/unlabelled', expectAccessible, /label: /],
    ['ink that is too pale on dark paper', '/pale', expectDark, /dark:\ncolor-contrast/],
    ['a word that is too wide', '/wide', (tab: Page) => expectNoSidewaysScroll(tab, 320), /the page is \d+ wide/],
    ['a focus that does not show', '/bare', expectKeyboardReaches, /not seen: /],
    ['a field that holds the focus', '/trap', expectKeyboardReaches, /expected/],
  ] as const) {
    it(`see ${what}`, async () => {
      expect(await look(path, expects)).to.match(told)
    })
  }

  it('see no script run where scripts are turned off', async () => {
    await inTab(browser(), url, { javaScript: false }, async (tab) => {
      await tab.goto('/throwing')
      await expectNoSidewaysScroll(tab, 320)
      await expectKeyboardReaches(tab)
    })
  })
})
