import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { PERIOD_PATTERN, parsePeriod } from '../../domain/retention/period.ts'
import { POLICY_MEMBERS, POLICY_VERSION } from '../../domain/retention/policy.ts'
import { COUNTRIES } from '../../domain/treezor/country.ts'
import { readConfig, readStoreConfig } from '../../src/config/config.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { left, right } from '../support/right.ts'
import { spawnService } from '../support/service/serviceProcess.ts'

const fileWith = (text: string): string => {
  const file = join(newDirectory(), 'policy.json')
  writeFileSync(file, text)
  return file
}

const policyOf = (json: unknown) => right(readConfig({ RETENTION_POLICY: fileWith(JSON.stringify(json)) })).retention
const faultsOf = (text: string) => left(readConfig({ RETENTION_POLICY: fileWith(text) })) as readonly string[]

describe('the retention policy', () => {
  it('is off unless its file is named, for the service and for every command', () => {
    expect(right(readConfig({})).retention).to.equal(null)
    expect(right(readConfig({ RETENTION_POLICY: '' })).retention).to.equal(null)
    const RETENTION_POLICY = fileWith('{"version":1}')
    expect(right(readStoreConfig({ RETENTION_POLICY })).retention?.default.text).to.equal('P5Y')
  })

  it('keeps everything for five years, and erases nothing by itself, where it says no more than its version', () => {
    const policy = policyOf({ version: 1 })
    expect(policy?.byCountry).to.deep.equal({})
    expect(policy?.automatic).to.equal(false)
    for (const name of ['default', 'refused', 'nobody'] as const) {
      expect(policy?.[name]).to.deep.equal({ years: 5, months: 0, days: 0, text: 'P5Y' })
    }
  })

  it('gives each country, those who were refused and events of nobody a period of their own', () => {
    const policy = policyOf({
      version: 1,
      default: 'P5Y',
      byCountry: { IT: 'P10Y', DE: 'P5Y6M15D' },
      refused: 'P1Y',
      nobody: 'P90D',
      automatic: true,
    })
    expect(policy?.byCountry.IT?.years).to.equal(10)
    expect(policy?.byCountry.DE).to.deep.include({ years: 5, months: 6, days: 15 })
    expect(policy?.refused.years).to.equal(1)
    expect(policy?.nobody.days).to.equal(90)
    expect(policy?.automatic).to.equal(true)
  })

  it('is refused with everything that is wrong with it, each by its path', () => {
    const faults = faultsOf(
      '{"version":2,"default":"P0Y","byCountry":{"GB":"P5Y","fr":"P5Y","DE":"5 years","IT":"P"},"refused":"P-1Y","nobody":"PT5H","automatic":"yes","keep":1}',
    )
    expect(faults.map((fault) => fault.split(': expected ')[0])).to.have.members(
      [
        'version',
        'default',
        'byCountry.GB',
        'byCountry.fr',
        'byCountry.DE',
        'byCountry.IT',
        'refused',
        'nobody',
        'automatic',
        'keep',
      ].map((path) => `RETENTION_POLICY: ${path}`),
    )
    expect(faults.join()).to.not.include('5 years')
  })

  it('is refused where its file is missing, is no JSON, is no object, or says no version', () => {
    const missing = left(readConfig({ RETENTION_POLICY: join(newDirectory(), 'none') }))
    expect(missing).to.deep.equal(['RETENTION_POLICY: the file cannot be read: there is none of that name'])
    expect(faultsOf('{')).to.deep.equal(['RETENTION_POLICY: the file is not JSON'])
    expect(faultsOf('[]')).to.deep.equal(['RETENTION_POLICY: expected a JSON object'])
    expect(faultsOf('{}')).to.deep.equal(['RETENTION_POLICY: version: expected 1'])
    expect(faultsOf('{"version":1,"byCountry":["P5Y"]}').join()).to.include('byCountry: expected an object')
  })

  it('that is faulty ends the service with code 2', async () => {
    const child = spawnService(newDirectory(), { RETENTION_POLICY: fileWith('{"version":1,"refused":"P0D"}') })
    expect((await child.exited).code).to.equal(2)
    expect(child.stderr()).to.match(/^RETENTION_POLICY: refused: expected a period/)
  })

  describe('as its JSON schema describes it', () => {
    const schema = JSON.parse(readFileSync(new URL('../../docs/retention-policy.schema.json', import.meta.url), 'utf8'))

    it('has these members, countries and this version', () => {
      expect(Object.keys(schema.properties)).to.deep.equal(POLICY_MEMBERS)
      expect(Object.keys(schema.properties.byCountry.properties)).to.deep.equal([...COUNTRIES])
      expect(schema.properties.version.const).to.equal(POLICY_VERSION)
      expect(schema.required).to.deep.equal(['version'])
      for (const one of [schema, schema.properties.byCountry]) expect(one.additionalProperties).to.equal(false)
    })

    it('has periods of this form, and none of no length', () => {
      const { pattern, not } = schema.$defs.period
      expect(pattern).to.equal(PERIOD_PATTERN)
      const [is, isNot] = [new RegExp(pattern), new RegExp(not.pattern)]
      const written = fc.stringMatching(/^P([0-9]{0,3}Y)?([0-9]{0,4}M)?([0-9]{0,5}D)?$/)
      fc.assert(
        fc.property(fc.oneof(written, fc.constantFrom('P0Y', 'P00Y000M0000D', 'P', '5Y', 'P1W', 'PT1H')), (text) => {
          expect(is.test(text) && !isNot.test(text)).to.equal(parsePeriod(text) !== null)
        }),
      )
    })
  })
})
