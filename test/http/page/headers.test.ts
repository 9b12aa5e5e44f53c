import { expect } from 'chai'
import { sharedService } from '../../support/service/service.ts'

const HTML = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

const CSP =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

describe('the pages', () => {
  const service = sharedService()

  it('are kept by nobody, stand in no frame, and run nothing that is not their own', async () => {
    for (const path of ['/', '/users', '/health', '/sign-in']) {
      const response = await service().get(path, HTML)
      const text = await response.text()
      expect(response.status, path).to.equal(200)
      expect(response.headers.get('content-type')).to.equal('text/html; charset=utf-8')
      expect(response.headers.get('content-security-policy')).to.equal(CSP)
      expect(response.headers.get('cache-control')).to.equal('no-store')
      expect(response.headers.get('x-content-type-options')).to.equal('nosniff')
      expect(response.headers.get('referrer-policy')).to.equal('same-origin')
      expect(text, path).not.to.match(/<style|style=|<script(?![^>]* src="\/page\/)|\son[a-z]+=/i)
    }
  })

  it('show what is open in the configuration', async () => {
    const text = await (await service().get('/', HTML)).text()
    expect(text).to.include('API_KEYS is not set: anyone on this machine can read, and submit deliveries again')
    expect(text).to.include('TREEZOR_WEBHOOK_SECRET is not set')
  })

  it('have one style sheet, which is sent once', async () => {
    const first = await service().get('/page/style.css')
    expect(first.headers.get('content-type')).to.equal('text/css; charset=utf-8')
    expect(await first.text())
      .to.include('prefers-color-scheme: dark')
      .and.to.include('@media print')
    const again = await service().get('/page/style.css', { 'if-none-match': first.headers.get('etag') ?? '' })
    expect(again.status).to.equal(304)
    expect(await again.text()).to.equal('')
  })
})

describe('PAGE=off', () => {
  const service = sharedService({ PAGE: 'off' })

  it('leaves nothing of the pages', async () => {
    for (const path of [
      '/',
      '/health',
      '/sign-in',
      '/find',
      '/docs',
      '/page/style.css',
      '/page/live.js',
      '/page/icon.svg',
    ]) {
      const response = await service().get(path, HTML)
      expect(response.status, path).to.equal(404)
      expect(response.headers.get('content-type'), path).to.include('application/problem+json')
      await response.arrayBuffer()
    }
    const users = await service().get('/users', HTML)
    expect(users.headers.get('content-type')).to.equal('application/json; charset=utf-8')
    expect(users.headers.get('vary')).to.equal(null)
  })
})
