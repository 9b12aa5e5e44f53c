import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect } from 'chai'
import fc from 'fast-check'
import { readConfig, readStoreConfig } from '../../src/config/config.ts'
import { ENDPOINT_MEMBERS, ENDPOINT_NAME_PATTERN, MOST_KEYS } from '../../src/config/webhooksOut.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { left, right } from '../support/right.ts'
import { spawnService } from '../support/service/serviceProcess.ts'

const fileWith = (text: string): string => {
  const file = join(newDirectory(), 'webhooks-out.json')
  writeFileSync(file, text)
  return file
}
const WITHOUT = { TREEZOR_WEBHOOK_SECRET: 'any', API_KEYS: '' }
const read = (json: unknown) => readConfig({ ...WITHOUT, WEBHOOKS_OUT: fileWith(JSON.stringify(json)) })
const faultsOf = (json: unknown): readonly string[] =>
  left(read(json)).map((fault) => fault.replace(/^WEBHOOKS_OUT: /, ''))

const whsec = (bytes = 32): string => `whsec_${randomBytes(bytes).toString('base64')}`
const whsk = (): string => {
  const { privateKey } = generateKeyPairSync('ed25519')
  return `whsk_${privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32).toString('base64')}`
}
const endpoint = (more: Readonly<Record<string, unknown>> = {}) => ({
  name: 'payments',
  url: 'https://payments.example.com/hooks',
  secrets: [whsec()],
  ...more,
})
const file = (...endpoints: readonly unknown[]) => ({ version: 1, endpoints })

describe('the endpoints of outgoing webhooks', () => {
  it('are none unless their file is named, and none for a command beside the service', () => {
    expect(right(readConfig({})).webhooksOut).to.deep.equal([])
    expect(right(read(file())).webhooksOut).to.deep.equal([])
    expect(() => right(readStoreConfig({ WEBHOOKS_OUT: join(newDirectory(), 'none') }))).to.not.throw()
  })

  it('are told of what changes from now on, and stand at public addresses, where nothing else is said', () => {
    const [one, other] = right(
      read(
        file(
          endpoint({ secrets: [whsec(), whsk()] }),
          endpoint({ name: 'risk-2', url: 'http://10.0.0.5:8080/', from: 'beginning', allowPrivate: true }),
        ),
      ),
    ).webhooksOut
    expect(one).to.deep.include({ name: 'payments', from: 'now', allowPrivate: false })
    expect(one?.keys.map(({ version }) => version)).to.deep.equal(['v1', 'v1a'])
    expect(other).to.deep.include({
      name: 'risk-2',
      url: 'http://10.0.0.5:8080/',
      from: 'beginning',
      allowPrivate: true,
    })
  })

  it('are refused with everything that is wrong with them, each by its path, and nothing of any value', () => {
    const [shared, own] = [whsec(), whsec()]
    const faults = faultsOf({
      version: 2,
      endpoint: [],
      endpoints: [
        endpoint({ secrets: [shared, 'whsec_tooshort', 5] }),
        endpoint({ url: 'http://payments.example.com/', secrets: [own, shared] }),
        endpoint({
          name: 'Billing',
          url: 'https://10.0.0.5/',
          secrets: [],
          from: 'end',
          allowPrivate: 'yes',
          to: shared,
        }),
        endpoint({ name: 'a', url: 'https://u:p@x.example/', secrets: whsec() }),
        endpoint({ name: 'b', url: 'ftp://x.example/', secrets: Array.from({ length: MOST_KEYS + 1 }, () => whsec()) }),
        endpoint({ name: 'c', url: 'https://[::ffff:127.0.0.1]/#here' }),
        'https://x.example/',
      ],
    })
    expect(faults.map((fault) => fault.split(': ')[0])).to.have.members([
      'it has a member besides version, endpoints',
      'version',
      'endpoints.0.secrets.1',
      'endpoints.0.secrets.2',
      'endpoints.1.url',
      'endpoints.1.name',
      'endpoints.1.secrets',
      'endpoints.2',
      'endpoints.2.name',
      'endpoints.2.url',
      'endpoints.2.secrets',
      'endpoints.2.from',
      'endpoints.2.allowPrivate',
      'endpoints.3.url',
      'endpoints.3.secrets',
      'endpoints.4.url',
      'endpoints.4.secrets',
      'endpoints.5.url',
      'endpoints.6',
      'endpoints.6.name',
      'endpoints.6.url',
      'endpoints.6.secrets',
    ])
    for (const part of [shared.slice(6, 20), 'tooshort', 'Billing', 'example.com', 'u:p']) {
      expect(faults.join()).to.not.include(part)
    }
  })

  it('are refused where their file is missing, is no JSON, or no object', () => {
    const missing = left(readConfig({ WEBHOOKS_OUT: join(newDirectory(), 'none') }))
    expect(missing).to.deep.equal(['WEBHOOKS_OUT: the file cannot be read: there is none of that name'])
    expect(left(readConfig({ WEBHOOKS_OUT: fileWith('{') }))).to.deep.equal(['WEBHOOKS_OUT: the file is not JSON'])
    expect(faultsOf([])).to.deep.equal(['expected a JSON object'])
    expect(faultsOf({})).to.deep.equal(['version: expected 1', 'endpoints: expected a list'])
  })

  it('show nothing of their secrets, however they are printed', () => {
    const secrets = [whsec(), whsk()]
    const config = right(read(file(endpoint({ secrets }))))
    const hex = secrets.map((secret) => Buffer.from(secret.split('_')[1] ?? '', 'base64').toString('hex'))
    for (const printed of [JSON.stringify(config), inspect(config, { depth: null, showHidden: true })]) {
      for (const secret of [...secrets, ...hex]) expect(printed).to.not.include(secret.slice(8, 20))
    }
  })

  it('that are faulty end the service with code 2', async () => {
    const WEBHOOKS_OUT = fileWith(JSON.stringify(file(endpoint({ secrets: ['hunter2'] }))))
    const child = spawnService(newDirectory(), { WEBHOOKS_OUT })
    expect((await child.exited).code).to.equal(2)
    expect(child.stderr()).to.match(/^WEBHOOKS_OUT: endpoints\.0\.secrets\.0: expected whsec_/)
    expect(child.stderr()).to.not.include('hunter2')
  })

  describe('as their JSON schema describes them', () => {
    const schema = JSON.parse(readFileSync(new URL('../../docs/webhooks-out.schema.json', import.meta.url), 'utf8'))
    const ajv = addFormats.default(new Ajv2020())
    const validate = ajv.compile(schema)

    it('have these members, and names of this form', () => {
      const { properties, additionalProperties } = schema.$defs.endpoint
      expect(Object.keys(properties)).to.deep.equal([...ENDPOINT_MEMBERS])
      expect(additionalProperties).to.equal(false)
      expect(properties.name.pattern).to.equal(ENDPOINT_NAME_PATTERN)
      expect(properties.secrets.maxItems).to.equal(MOST_KEYS)
    })

    it('are read where it takes them, and what it does not take is not', () => {
      const sometimes = <A>(usual: fc.Arbitrary<A>, ...odd: readonly unknown[]) =>
        fc.oneof(
          { weight: 5, arbitrary: usual as fc.Arbitrary<unknown> },
          { weight: 1, arbitrary: fc.constantFrom(...odd) },
        )
      const secret = sometimes(
        fc.constant(null).map(() => (Math.random() < 0.5 ? whsec(24 + Math.floor(Math.random() * 41)) : whsk())),
        'whsec_short',
        7,
        whsec(23),
        whsec(65),
        whsk().slice(0, -5),
        whsk().replace('whsk_', 'whpk_'),
      )
      const one = fc.record(
        {
          name: sometimes(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/), '', '-a', 'A', 5, 'a'.repeat(64), '../a'),
          url: sometimes(fc.constant('https://a.example/b?c=d'), 'nothing', 5, null),
          secrets: sometimes(fc.array(secret, { minLength: 1, maxLength: 3 }), [], 'whsec_'),
          from: sometimes(fc.constantFrom('now', 'beginning'), 'end', null),
          allowPrivate: sometimes(fc.boolean(), 'true', null),
        },
        { requiredKeys: ['name', 'url', 'secrets'] },
      )
      fc.assert(
        fc.property(one, sometimes(fc.constant(1), 2, '1', null), (endpoint, version) => {
          const json = JSON.parse(JSON.stringify({ version, endpoints: [endpoint] }))
          expect(validate(json), JSON.stringify(json)).to.equal(read(json)._tag === 'Right')
        }),
      )
    })
  })
})
