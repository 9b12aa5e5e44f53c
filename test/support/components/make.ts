// Writes what is shipped of others: deploy/sbom.cdx.json (CycloneDX, by `npm sbom`) and deploy/licences.md. The same lock gives the same
// files: nothing in them is of the moment or of the machine.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Locked, lockedPackages, SBOM_FILE, shippedPackages } from './shipped.ts'

const ROOT = new URL('../../../', import.meta.url)
const read = (name: string) => JSON.parse(readFileSync(new URL(name, ROOT), 'utf8'))

interface Component {
  readonly 'bom-ref': string
  readonly [member: string]: unknown
}
interface Bom {
  readonly serialNumber: unknown
  readonly metadata: { readonly component: Component }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

/**
 * What npm says of the lock without what only development needs. It is taken out beforehand: `npm sbom --omit dev` leaves out what
 * development needs as well, which is a fifth of what is shipped (https://github.com/npm/cli/issues/7909).
 */
const npmSbom = (): Bom => {
  const directory = mkdtempSync(join(tmpdir(), 'kyc-ledger-'))
  try {
    const { devDependencies: _, ...ofPackage } = read('package.json')
    const lock = read('package-lock.json')
    const { devDependencies: __, ...root } = lock.packages['']
    const packages = Object.fromEntries([['', root], ...shippedPackages(lock)])
    writeFileSync(join(directory, 'package.json'), JSON.stringify(ofPackage))
    writeFileSync(join(directory, 'package-lock.json'), JSON.stringify({ ...lock, packages }))
    const words = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only']
    return JSON.parse(execFileSync('npm', words, { cwd: directory, encoding: 'utf8', maxBuffer: 1 << 26 })) as Bom
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Without empty lists, and without where a package was fetched from. */
const plain = (component: Component): Component =>
  Object.fromEntries(
    Object.entries(component).filter(([name, value]) => name !== 'externalReferences' && !isEmptyList(value)),
  ) as Component
const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const bom = npmSbom()
const { serialNumber: _, metadata, ...rest } = bom
const name = 'kyc-ledger'
const sbom = {
  ...rest,
  metadata: { component: plain({ ...metadata.component, name }) },
  components: bom.components.map(plain).sort((a, b) => byText(a['bom-ref'], b['bom-ref'])),
  dependencies: bom.dependencies
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: [...dependsOn].sort(byText) }))
    .sort((a, b) => byText(a.ref, b.ref)),
}
writeFileSync(new URL(SBOM_FILE, ROOT), `${JSON.stringify(sbom, null, 2)}\n`)

const line = ({ name, version, licence }: Locked): string => `| ${name} | ${version} | ${licence} |`
const licences = `# Licences of what is shipped

The packages that \`npm ci --omit=dev\` installs, and with it the image; the text of each licence is in the package. Made by \`npm run components\`.

| package | version | licence (SPDX) |
|---|---|---|
${[...new Set(lockedPackages(read('package-lock.json')).map(line))].sort(byText).join('\n')}
`
writeFileSync(new URL('deploy/licences.md', ROOT), licences)
