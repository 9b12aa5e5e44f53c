import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { expect } from 'chai'
import { sharedService } from '../../../support/service/service.ts'
import { newUser, signed, validation } from '../../../support/webhooks/webhookBuilders.ts'

/** Addresses, and names that no browser takes for anything else. */
const HERE = ['127.0.0.1:3000', 'localhost:3000', 'localhost', 'ledger.localhost:80', '[::1]:3000', '10.1.2.3']
/** What others may have made to lead here, and what is none. */
const ELSEWHERE = [
  'evil.example',
  '127.0.0.1.evil.example:3000',
  'localhost.evil.example',
  'evillocalhost',
  'x@127.0.0.1:y',
]

describe('a service without keys', () => {
  const service = sharedService()

  const statusFor = async (
    host: string,
    method: string,
    path: string,
    headers = {},
    body = '',
  ): Promise<number | undefined> => {
    const sent = request(`${service().url}${path}`, { method, headers: { host, ...headers } }).end(body)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    response.resume()
    return response.statusCode
  }

  it('takes a form under the names of this machine, and under no other that was made to lead here', async () => {
    const sign = (host: string): Promise<number | undefined> => {
      const from = { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }
      const type = { 'content-type': 'application/x-www-form-urlencoded' }
      return statusFor(host, 'POST', '/sign-in', { ...from, ...type }, 'key=x')
    }
    for (const host of HERE.slice(0, 3)) expect(await sign(host), host).to.equal(401)
    for (const host of ELSEWHERE) expect(await sign(host), host).to.equal(403)
  })

  it('shows and does nothing under such a name, to nobody: a page of that name could read it', async () => {
    for (const host of HERE) expect(await statusFor(host, 'GET', '/users'), host).to.equal(200)
    for (const host of ELSEWHERE) expect(await statusFor(host, 'GET', '/users'), host).to.equal(421)
    for (const path of [
      '/',
      '/health',
      '/users/7',
      '/users/7/kyc',
      '/events',
      '/changes',
      '/checkpoint',
      '/deliveries',
      '/metrics',
    ])
      for (const method of ['GET', 'HEAD'])
        expect(await statusFor('evil.example:3000', method, path), path).to.equal(421)
    const again = { origin: 'http://evil.example:3000' }
    expect(await statusFor('evil.example:3000', 'POST', '/deliveries/resubmit?reason=signature', again)).to.equal(421)
  })

  it('takes webhooks under any name, which are signed', async () => {
    expect(await statusFor('tunnel.example', 'POST', '/webhooks/treezor', {}, signed(validation(newUser())))).to.equal(
      200,
    )
  })
})
