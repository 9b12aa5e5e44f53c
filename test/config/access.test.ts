import { createHmac } from 'node:crypto'
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import { SCOPES } from '../../src/config/apiKeys.ts'
import { type Config, readConfig } from '../../src/config/config.ts'
import { BUILT_IN_ROLES } from '../../src/config/roles.ts'
import { sign } from '../../src/webhooks/signature.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { left, right } from '../support/right.ts'

type Environment = Parameters<typeof readConfig>[0]
const faultsOf = (environment: Environment): readonly string[] => left(readConfig(environment)) as readonly string[]
const configOf = (environment: Environment): Config => right(readConfig(environment))

const HASH = 'ab'.repeat(32)
const fileWith = (text: string, mode = 0o600): string => {
  const file = join(newDirectory(), 'file')
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}
const TOKENS = { JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'kyc', JWT_JWKS_URL: 'https://id.example/keys' }
const PUBLIC = { HOST: '0.0.0.0', DRAIN_DELAY: '0' }

describe('keys and secrets in files', () => {
  it('stand there a line each, whatever ends it, with comments among keys alone', () => {
    const keys = fileWith(`\uFEFF# of the shop\r\n\r\n shop:kyc:read:${HASH} \r\n#audit:audit:read:${HASH}\n`)
    const secrets = fileWith('#one,with a comma\n\ntwo')
    const {
      apiKeys,
      secrets: given,
      warnings,
    } = configOf({ API_KEYS_FILE: keys, TREEZOR_WEBHOOK_SECRET_FILE: secrets })
    expect(apiKeys).to.deep.equal([{ name: 'shop', scopes: ['kyc:read'], sha256: HASH }])
    expect(given).to.deep.equal(['#one,with a comma', 'two'])
    expect(warnings).to.deep.equal([])
    const link = join(newDirectory(), 'link')
    symlinkSync(secrets, link)
    expect(configOf({ TREEZOR_WEBHOOK_SECRET_FILE: link }).secrets).to.deep.equal(given)
  })

  it('take the place of the variables, on any address', () => {
    const files = { API_KEYS_FILE: fileWith(`shop:kyc:read:${HASH}`), TREEZOR_WEBHOOK_SECRET_FILE: fileWith('one') }
    expect(configOf({ ...PUBLIC, ...files }).warnings).to.deep.equal([])
    expect(faultsOf({ ...files, API_KEYS: `a:kyc:read:${HASH}`, TREEZOR_WEBHOOK_SECRET: 'two' })).to.deep.equal(
      [
        'API_KEYS_FILE: set this or API_KEYS, not both',
        'TREEZOR_WEBHOOK_SECRET_FILE: set this or TREEZOR_WEBHOOK_SECRET, not both',
      ].toReversed(),
    )
    const known = fileWith('development')
    expect(faultsOf({ ...PUBLIC, ...files, TREEZOR_WEBHOOK_SECRET_FILE: known }).join()).to.include('known to everyone')
  })

  it('are refused where everybody may write to them, and warned of where everybody may read a secret', () => {
    const secret = (mode: number): Environment => ({ TREEZOR_WEBHOOK_SECRET_FILE: fileWith('one', mode) })
    for (const mode of [0o600, 0o640, 0o400, 0o660])
      expect(configOf(secret(mode)).warnings.join()).to.not.include('FILE')
    for (const mode of [0o644, 0o444])
      expect(configOf(secret(mode)).warnings.join()).to.include('everybody on this machine may read the file')
    for (const mode of [0o602, 0o666]) expect(faultsOf(secret(mode)).join()).to.include('chmod o-w')
    const keys = { API_KEYS_FILE: fileWith(`shop:kyc:read:${HASH}`, 0o444), TREEZOR_WEBHOOK_SECRET: 'one' }
    expect(configOf(keys).warnings).to.deep.equal([])
  })

  it('hold no secret of zeros, which signs as if there were none, nor one that is no text', () => {
    const zeros = '\0'.repeat(32)
    expect(sign('{}', zeros)).to.equal(createHmac('sha256', '').update('{}').digest('base64'))
    for (const secret of [zeros, `one\n${zeros}`, 'one\u0001', 'one\ufffd'])
      expect(faultsOf({ TREEZOR_WEBHOOK_SECRET_FILE: fileWith(secret) }).join()).to.match(
        /^TREEZOR_WEBHOOK_SECRET_FILE: line [12] holds control characters/,
      )
    expect(faultsOf({ TREEZOR_WEBHOOK_SECRET: 'one,t\u0000wo' }).join())
      .to.include('entry 2')
      .and.not.include('wo:')
    expect(configOf({ TREEZOR_WEBHOOK_SECRET: 'žluťoučký kůň,🐎' }).secrets).to.have.length(2)
  })

  it('are refused where the file is none, is empty or far too large, and nothing of it is repeated', () => {
    for (const file of [
      '/nowhere/at/all',
      '/dev/zero',
      fileWith(''),
      fileWith('\n \n'),
      fileWith('x'.repeat(2 ** 20 + 1)),
    ]) {
      const faults = faultsOf({ TREEZOR_WEBHOOK_SECRET_FILE: file, ...PUBLIC, API_KEYS_FILE: file })
      expect(faults.map((fault) => fault.split(':')[0])).to.have.members([
        'TREEZOR_WEBHOOK_SECRET_FILE',
        'API_KEYS_FILE',
      ])
    }
    expect(faultsOf({ API_KEYS_FILE: fileWith(`a:kyc:read:${HASH}\n#\nb:hunter2`) }).join()).to.match(
      /^API_KEYS_FILE: line 3 must be/,
    )
  })
})

describe('whose tokens are taken', () => {
  it('is nobody unless it is said, and then by algorithms of key pairs', () => {
    expect(configOf({}).tokens).to.equal(null)
    expect(configOf(TOKENS).tokens).to.deep.equal({
      issuer: 'https://id.example',
      audiences: ['kyc'],
      jwksUrl: 'https://id.example/keys',
      algorithms: ['RS256'],
      type: null,
      claim: 'scope',
      clockToleranceSeconds: 30,
    })
    // Then nothing is open, and no key is needed.
    expect(configOf({ ...PUBLIC, ...TOKENS, TREEZOR_WEBHOOK_SECRET: 'one' }).warnings).to.deep.equal([])
  })

  for (const [name, value, fault] of [
    ['JWT_ALGORITHMS', 'none', 'never taken'],
    ['JWT_ALGORITHMS', 'HS256', 'never taken'],
    ['JWT_ALGORITHMS', 'RS256,HS512', 'never taken'],
    ['JWT_ALGORITHMS', 'rs256', 'must be some of'],
    ['JWT_ALGORITHMS', ',', 'must be some of'],
    ['JWT_JWKS_URL', 'http://id.example/keys', 'https'],
    ['JWT_JWKS_URL', 'https://user:hunter2@id.example/keys', 'credentials'],
    ['JWT_JWKS_URL', 'file:///keys', 'one of http or https'],
    ['JWT_ISSUER', '', 'must be set'],
    ['JWT_AUDIENCE', '', 'must be set'],
    ['JWT_AUDIENCE', ',', 'must be set'],
    ['JWT_JWKS_URL', '', 'must be set'],
    ['JWT_ISSUER', 'a b', 'without blanks'],
    ['JWT_CLOCK_TOLERANCE', '301', 'from 0 to 300'],
    ['JWT_CLOCK_TOLERANCE', '-1', 'from 0 to 300'],
    ['JWT_TYPE', 'a b', 'media type'],
  ] as const) {
    it(`refuses ${name}=${value}`, () => {
      const faults = faultsOf({ ...TOKENS, [name]: value })
      expect(faults).to.have.length(1)
      expect(faults[0])
        .to.match(new RegExp(`^${name}: `))
        .and.to.include(fault)
        .and.to.not.include('hunter2')
    })
  }

  it('takes keys by plain http from this machine alone', () => {
    for (const host of ['127.0.0.1:8080', 'localhost', '[::1]:1'])
      expect(configOf({ ...TOKENS, JWT_JWKS_URL: `http://${host}/keys` }).tokens).to.not.equal(null)
  })
})

describe('roles', () => {
  const rolesIn = (json: unknown): Environment => ({ ...TOKENS, ROLES: fileWith(JSON.stringify(json)) })
  const schema = JSON.parse(readFileSync(new URL('../../docs/roles.schema.json', import.meta.url), 'utf8'))
  const takes = new Ajv2020().compile(schema)

  it('go by their own names, and those of scopes, unless a file says what names give: then by that alone', () => {
    const { roles } = configOf(TOKENS)
    expect([...roles.keys()]).to.deep.equal([...Object.keys(BUILT_IN_ROLES), ...SCOPES])
    const file = { version: 1, roles: { 'CN=a,OU=b': ['reader', 'seal:read'], c: ['auditor'] } }
    expect(takes(file)).to.equal(true)
    expect(Object.fromEntries(configOf(rolesIn(file)).roles)).to.deep.equal({
      'CN=a,OU=b': ['kyc:read', 'seal:read'],
      c: BUILT_IN_ROLES.auditor,
    })
  })

  it('are described by a JSON schema with every role and scope that there is, and those of docs/access.md', () => {
    expect(schema.properties.roles.additionalProperties.items.enum).to.have.members([
      ...Object.keys(BUILT_IN_ROLES),
      ...SCOPES,
    ])
    const page = readFileSync(new URL('../../docs/access.md', import.meta.url), 'utf8')
    for (const [role, scopes] of Object.entries(BUILT_IN_ROLES)) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${role}\` |`)) ?? ''
      expect([...(row.split('|')[3] ?? '').matchAll(/`([^`]+)`/g)].map(([, scope]) => scope)).to.deep.equal(scopes)
    }
  })

  it('are refused where the file says anything else', () => {
    for (const json of [
      [],
      { version: 2, roles: { a: ['reader'] } },
      { version: 1 },
      { version: 1, roles: {} },
      { version: 1, roles: { a: [] } },
      { version: 1, roles: { a: 'reader' } },
      { version: 1, roles: { a: ['hunter2'] } },
      { version: 1, roles: { '': ['reader'] } },
      { version: 1, roles: { a: ['reader'] }, more: 1 },
    ]) {
      expect(takes(json), JSON.stringify(json)).to.equal(false)
      const faults = faultsOf(rolesIn(json))
      expect(faults.every((fault) => fault.startsWith('ROLES: '))).to.equal(true)
      expect(faults.join()).to.not.include('hunter2')
    }
    expect(faultsOf({ ...TOKENS, ROLES: fileWith('{') })).to.deep.equal(['ROLES: the file is not JSON'])
    expect(faultsOf({ ROLES: rolesIn({ version: 1, roles: { a: ['reader'] } })['ROLES'] }).join()).to.include(
      'JWT_ISSUER',
    )
  })
})
