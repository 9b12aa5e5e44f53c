import { expect } from 'chai'
import { DOCUMENT } from '../../../src/http/openapi/document.ts'
import type { Service } from '../../../src/service/startService.ts'
import { inTab, sharedBrowser } from '../../support/browser/browser.ts'
import { expectAccessible, expectNoSidewaysScroll } from '../../support/browser/expectations.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { startHere } from '../../support/service/inProcess.ts'

describe('the description for persons', () => {
  const browser = sharedBrowser()
  let service: Service
  let page: string
  before(async () => {
    service = await startHere(newDirectory())
    const response = await fetch(`${service.url}/docs`)
    expect(response.status).to.equal(200)
    page = await response.text()
  })
  after(() => service.stop())

  it('has every path and every schema, and leads to each', () => {
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
    const operations = Object.values(DOCUMENT.paths).flatMap((item) => Object.values(item))
    for (const { operationId } of operations) expect(page).to.include(`href="#${operationId}"`)
    for (const name of Object.keys(DOCUMENT.components.schemas)) expect(ids).to.include(`schema-${name}`)
    for (const [, id] of page.matchAll(/ href="#([^"]+)"/g)) expect(ids).to.include(id)
  })

  it('says of each path which key it needs', () => {
    const section = (id: string): string => page.slice(page.indexOf(`id="${id}"`)).split('</section>')[0] ?? ''
    expect(section('userEvents')).to.include('The key or token needs <code>audit:read</code>')
    expect(section('live')).to.include('It needs no key')
  })

  it('can be read by everybody, without scripts, on a narrow screen, in the dark', async () => {
    await inTab(browser(), service.url, { javaScript: false }, async (tab) => {
      await tab.goto('/docs')
      expect(await tab.locator('section.operation').count()).to.be.greaterThan(20)
    })
    await inTab(browser(), service.url, { dark: true }, async (tab) => {
      await tab.goto('/docs')
      await expectAccessible(tab)
      await expectNoSidewaysScroll(tab, 320)
    })
    await inTab(browser(), service.url, {}, async (tab) => {
      await tab.goto('/docs')
      await expectAccessible(tab)
    })
  })
})
