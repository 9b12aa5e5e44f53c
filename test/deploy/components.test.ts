import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { type Locked, lockedPackages, SBOM_FILE } from '../support/components/shipped.ts'

const textOf = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const AGAIN = 'what is shipped has changed: npm run components'

interface Component {
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly hashes: readonly { readonly alg: string; readonly content: string }[]
  readonly licenses: readonly { readonly license?: { readonly id?: string }; readonly expression?: string }[]
}

/** Licences under which others may be shipped together with this project, which is under Apache-2.0. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', 'Unlicense']

const of = <A>(all: readonly A[], what: (one: A) => string): readonly string[] => [...new Set(all.map(what))].sort()

describe('what is shipped of others', () => {
  const lock = JSON.parse(textOf('package-lock.json'))
  const locked: readonly Locked[] = lockedPackages(lock)
  const sbom = JSON.parse(textOf(SBOM_FILE)) as {
    readonly bomFormat: string
    readonly metadata: object
    readonly components: readonly Component[]
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
  }

  it('is in the bill of materials: each package of the lock with its hash and licence, and none beside', () => {
    const said = ({ name, version, licence, integrity }: Locked): string =>
      [name, version, licence, ...integrity.split(' ').map((one) => one.replace(/^sha512-/, ''))].join(' ')
    const stands = ({ name, version, licenses, hashes }: Component): string => {
      const licence = licenses.map(({ license, expression }) => license?.id ?? expression).join(' ')
      return [
        name,
        version,
        licence,
        ...hashes.map(({ content }) => Buffer.from(content, 'hex').toString('base64')),
      ].join(' ')
    }
    expect(of(sbom.components, stands), AGAIN).to.deep.equal(of(locked, said))
    expect(sbom.bomFormat).to.equal('CycloneDX')
    expect(sbom.metadata).to.deep.include({ component: { ...Object(sbom.metadata).component, name: 'kyc-ledger' } })
  })

  it('is all reached from what the project names itself', () => {
    const named = new Set<string>()
    const visit = (ref: string): void => {
      if (named.has(ref)) return
      named.add(ref)
      for (const next of sbom.dependencies.find((one) => one.ref === ref)?.dependsOn ?? []) visit(next)
    }
    visit(`kyc-ledger@${lock.version}`)
    expect(named.size).to.equal(sbom.components.length + 1)
  })

  it('has a bill that tells nothing of when, where and from which host it was made', () => {
    expect(sbom).to.not.have.property('serialNumber')
    expect(Object.keys(sbom.metadata)).to.deep.equal(['component'])
    const urls = textOf(SBOM_FILE).match(/\bhttps?:\/\/[^"]+/g)
    expect(urls).to.deep.equal(['http://cyclonedx.org/schema/bom-1.5.schema.json'])
  })

  it('is under licences that go with that of this project, each in the list', () => {
    for (const { licence, name } of locked)
      for (const one of licence.replace(/[()]/g, '').split(/ AND | OR /)) expect(ALLOWED, name).to.include(one)
    const rows = textOf('deploy/licences.md').match(/^\| \S+ \| \d.*$/gm) ?? []
    expect(of(rows, String), AGAIN).to.deep.equal(
      of(locked, ({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`),
    )
  })
})
