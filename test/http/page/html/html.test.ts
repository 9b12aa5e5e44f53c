import { expect } from 'chai'
import fc from 'fast-check'
import { Html, html, type Shown } from '../../../../src/http/page/html/html.ts'

/** What a browser reads out of text that holds no markup. */
const read = (escaped: string): string =>
  escaped
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</title></style></textarea><svg/onload=alert(1)>',
  '&lt;script&gt;',
  '<!--',
  ']]>',
  '{{7*7}}<%= 7*7 %>',
]

describe('html`…`', () => {
  it('shows any text as that text, in content and in attributes, and lets none of it be markup', () => {
    const printable = fc.string({ unit: 'grapheme-ascii' })
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...HOSTILE), printable), (text) => {
        const content = html`<p>${text}</p>`.toString()
        const attribute = html`<p title="${text}">`.toString()
        expect(content.slice(3, -4)).to.match(/^[^<>"']*$/)
        expect(attribute.slice(10, -2)).to.match(/^[^<>"']*$/)
        expect(read(content.slice(3, -4))).to.equal(text)
        expect(read(attribute.slice(10, -2))).to.equal(text)
      }),
    )
  })

  it('shows what a browser would obey: controls, changes of direction, what is no character', () => {
    expect(html`${'a\u202eb\u0000c\u2066d\ud800\u2028'}`.toString()).to.equal('a\\u202eb\\u0000c\\u2066d\\ud800\\u2028')
    expect(html`${'Łódź, 東京, שלום\n\t'}`.toString()).to.equal('Łódź, 東京, שלום\n\t')
  })

  it('takes HTML that it made as HTML, whatever depth, and nothing for nothing', () => {
    const parts = [html`<b>${'<'}</b>`, [html`<i>1</i>`, '&'], null, undefined, false] as const
    expect(html`<p>${parts}${0}</p>`.toString()).to.equal('<p><b>&lt;</b><i>1</i>&amp;0</p>')
  })

  it('takes nothing else for HTML, whatever it pretends to be', () => {
    const pretended = JSON.parse('{"toString":"<script>","text":"<script>"}') as Shown
    expect(html`${pretended}`.toString()).to.equal('')
    expect(() => new Html(Symbol('html'), '<script>')).to.throw()
    const borrowed = Object.create(Html.prototype) as Html
    expect(() => html`${borrowed}`).to.throw()
  })

  it('refuses a value where escaping does not help: a name, an attribute without quotes or in single ones', () => {
    expect(() => html`<p title=${'a'}>`).to.throw(/no double quotes/)
    expect(() => html`<p ${'onload'}>`).to.throw(/no double quotes/)
    expect(() => html`<${'script'}>`).to.throw(/no double quotes/)
    expect(() => html`<p title='${'a'}'>`).to.throw(/no double quotes/)
    expect(html`<p title="1 > 0" lang="${'en'}">${'a'}`.toString()).to.equal('<p title="1 > 0" lang="en">a')
  })

  it('leads to this service, to a place in the page or over https, and nowhere that runs something', () => {
    for (const address of ['/users/7?asOf=2026-01-01', '#a', '?next=1', 'https://docs.treezor.com'])
      expect(html`<a href="${address}">`.toString()).to.equal(`<a href="${address}">`)
    for (const address of ['javascript:alert(1)', '//evil.example', '/\\evil.example', 'data:text/html,x', '', 'JaVa:'])
      expect(() => html`<a href="${address}">`, address).to.throw(/leads to no such address/)
  })
})
