import { expect } from 'chai'
import { HTML } from '../../../support/page/signedIn.ts'
import { sharedService } from '../../../support/service/service.ts'
import { hostileWebhooks } from '../../../support/webhooks/hostileWebhooks.ts'
import { newUser, signed } from '../../../support/webhooks/webhookBuilders.ts'

/** All elements that these pages are made of. */
const ELEMENTS = new Set(
  `html head meta title link script body a header p nav ul li div strong main h1 h2 h3 span svg path circle rect form label input button
  section dl dt dd table caption thead tbody tr th td figure figcaption g text desc ol time pre code`.split(/\s+/),
)

/** What of a page is not made of those, or would run. */
const foreign = (page: string): readonly string[] =>
  [...page.matchAll(/<\/?([a-z][^\s/>]*)((?:\s+[^\s"'>/=]+(?:="[^"]*")?)*)\s*\/?>|<!doctype html>|</gi)].flatMap(
    ([tag, name, attributes = '']) => {
      if (tag === '<!doctype html>') return []
      const isKnown = name !== undefined && ELEMENTS.has(name.toLowerCase())
      const runs =
        /\s(?:on[a-z]+|style|srcdoc)(?:=|\s|$)/i.test(attributes) || /="\s*(?:javascript|data):/i.test(attributes)
      const isScript = name === 'script' && !tag.startsWith('</') && !/ src="\/page\/live\.js"$/.test(attributes)
      return isKnown && !runs && !isScript ? [] : [tag.slice(0, 200)]
    },
  )

describe('hostile texts in every field of the provider', () => {
  const service = sharedService()
  const user = newUser()
  const heard: number[] = []
  before(async () => {
    for (const webhook of hostileWebhooks(user)) {
      const response = await service().post(signed(webhook))
      const { events = [] } = (await response.json()) as {
        readonly events?: readonly { stream: string; revision: number }[]
      }
      for (const { stream, revision } of events) if (stream === `kyc-${user}`) heard.push(revision)
    }
    await service().kyc(user)
  })

  const page = async (path: string): Promise<string> => {
    const response = await service().get(path, HTML)
    const text = await response.text()
    expect(response.status, text).to.equal(200)
    return text
  }

  it('stand on the page of the user as text, and nothing else does', async () => {
    const text = await page(`/users/${user}`)
    expect(text).to.include('&lt;script&gt;').and.to.include('\\u202e')
    expect(text).to.not.match(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/u)
    expect(foreign(text)).to.deep.equal([])
  })

  it('stand on the page of each event as text', async () => {
    expect(heard.length).to.be.greaterThan(15)
    for (const revision of heard) {
      const text = await page(`/users/${user}/events/${revision}`)
      expect(text).to.include('&lt;script&gt;')
      expect(foreign(text), String(revision)).to.deep.equal([])
    }
  })

  it('would be seen by this test', () => {
    for (const text of [
      '<script>1</script>',
      '<img src=x>',
      '<b>',
      '<p onclick="1">',
      '<p style="x">',
      '<a href="javascript:1">',
      '<%',
    ])
      expect(foreign(text), text).to.not.deep.equal([])
  })
})
