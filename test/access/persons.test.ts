import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type IssuerKey, type IssuerServer, newIssuerKey, startIssuer, tokenBy } from '../support/access/issuer.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { HTML, sendForm } from '../support/page/signedIn.ts'
import { eventually, untilTrue } from '../support/patience.ts'
import { expectProblem } from '../support/service/answers.ts'
import { type Service, startService } from '../support/service/service.ts'
import { newUser, request } from '../support/webhooks/webhookBuilders.ts'

const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex')
const OFFICER = 'CN=Data Protection,OU=Groups,DC=example'

describe('persons with tokens', () => {
  const directory = newDirectory()
  const roles = join(directory, 'roles.json')
  const user = newUser()
  let key: IssuerKey
  let issuer: IssuerServer
  let service: Service
  const give = (given: Readonly<Record<string, readonly string[]>>): void =>
    writeFileSync(roles, JSON.stringify({ version: 1, roles: given }))
  const tokenOf = (sub: string, ...names: readonly string[]): Promise<string> =>
    tokenBy(key, { sub, realm_access: { roles: names } })
  before(async () => {
    give({ [OFFICER]: ['data-protection-officer'], staff: ['reader'] })
    key = await newIssuerKey('a')
    issuer = await startIssuer([key])
    service = await startService(join(directory, 'data'), {
      ...issuer.env,
      ROLES: roles,
      JWT_CLAIM: 'realm_access.roles',
      SEAL_EVERY: '1',
      // Called as the person is: no key can be called as his token is.
      API_KEYS: `alice:retention:request+retention:confirm:${sha256('key-of-alice')}`,
    })
    await service.ready()
    await service.deliver(request(user))
    await service.projected({ authorization: `Bearer ${await tokenOf('x', 'staff')}` })
  })
  after(async () => {
    await service.stop()
    await issuer.close()
  })
  const post = (presented: string, path: string, body: object = {}): Promise<Response> =>
    fetch(`${service.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${presented}` },
      body: JSON.stringify(body),
    })

  it('do what ROLES gives the names in them, and nothing that it does not name', async () => {
    const statuses = async (...names: readonly string[]): Promise<readonly number[]> => {
      const authorization = `Bearer ${await tokenOf('x', ...names)}`
      const paths = ['/users', '/access', `/users/${user}/retention`]
      return Promise.all(paths.map(async (path) => (await service.get(path, { authorization })).status))
    }
    expect(await statuses('staff')).to.deep.equal([200, 403, 403])
    expect(await statuses(OFFICER, 'other')).to.deep.equal([200, 200, 200])
    expect(await statuses('auditor', 'kyc:read', '__proto__', 'constructor')).to.deep.equal([403, 403, 403])
    give({ [OFFICER]: ['data-protection-officer'], staff: ['seal:read'] })
    service.signal('SIGHUP')
    await untilTrue('roles are read anew', () => service.stdout().includes('were read anew'))
    expect(await statuses('staff')).to.deep.equal([403, 403, 403])
  })

  it('are two where they are two: all tokens of one subject are one, a key of the same name is another', async () => {
    const asked = { reason: 'he asked for it', authority: 'a court' }
    const path = `/users/${user}/erasure`
    const requested = await eventually('it is requested', async () => {
      const response = await post(await tokenOf('alice', OFFICER), path, asked)
      return response.status === 201 ? ((await response.json()) as { readonly erasure: number }) : null
    })
    const confirm = `${path}/${requested.erasure}/confirm`
    await expectProblem(await post(await tokenOf('alice', OFFICER, 'another'), confirm), 403, 'second-person-needed')
    expect((await post('key-of-alice', confirm)).status).to.equal(200)
    const told = await service.get(`${path}/${requested.erasure}`, {
      authorization: `Bearer ${await tokenOf('bob', OFFICER)}`,
    })
    expect(JSON.stringify(await told.json()))
      .to.include('jwt:https://identity.example/realms/kyc#alice')
      .and.to.include('{"key":"alice"}')
  })

  it('sign in to the page by a token, for as long as that is good', async () => {
    expect(await (await service.get('/', HTML)).text()).to.include('API key or token')
    const signIn = async (claims: object) => {
      const token = await tokenBy(key, { sub: 'carol', realm_access: { roles: [OFFICER] }, ...claims })
      const response = await sendForm(service, '/sign-in', { key: token })
      await response.arrayBuffer()
      return { status: response.status, cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' }
    }
    // The clocks may differ by 30 s.
    const short = await eventually('a session that ends soon', async () => {
      const begun = await signIn({ exp: Math.floor(Date.now() / 1000) - 27 })
      return begun.status === 303 ? begun : null
    })
    const long = await signIn({})
    expect([long.status, (await signIn({ aud: 'another' })).status]).to.deep.equal([303, 401])
    expect(await (await service.get('/users', { ...HTML, cookie: long.cookie })).text()).to.include('#carol')
    await untilTrue(
      'its session ends',
      async () => (await service.get('/users', { cookie: short.cookie })).status === 401,
    )
    expect((await service.get('/users', { cookie: long.cookie })).status).to.equal(200)
  })
})
