import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { newDirectory } from '../support/newDirectory.ts'
import { changesOfParis, readingsAround } from './parisByZoneFile.ts'

// Run by hand: node test/zones/otherNodes.ts 20 22 26. Installs each release of Node from npm into a folder of its own and has it read the clocks of
// Paris around each change since 1911, by the code of this checkout without its types.

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const since = Date.parse('1911-03-12T00:00:00Z') / 1000
const readings = readingsAround(changesOfParis('zdump').filter(({ at }) => at > since))

/** The domain as JavaScript, which releases can run that strip no types. */
const withoutTypes = (directory: string): string => {
  for (const entry of readdirSync(join(ROOT, 'domain'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const folder = join(directory, entry.parentPath.slice(ROOT.length))
    mkdirSync(folder, { recursive: true })
    const text = stripTypeScriptTypes(readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    writeFileSync(join(folder, entry.name.replace(/\.ts$/, '.js')), text.replaceAll(/(from '[^']+)\.ts'/g, "$1.js'"))
  }
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  writeFileSync(join(directory, 'readings.json'), JSON.stringify(readings.map(({ text }) => text)))
  const read = `
    import { readFileSync } from 'node:fs'
    import { parseParisTime } from './domain/treezor/parisTime.js'
    const { node, icu, tz } = process.versions
    const texts = JSON.parse(readFileSync('readings.json', 'utf8'))
    console.log(JSON.stringify({ versions: { node, icu, tz }, read: texts.map((text) => parseParisTime(text) / 1e6) }))`
  writeFileSync(join(directory, 'read.js'), read)
  return directory
}

const directory = withoutTypes(newDirectory())
let failed = false
for (const release of process.argv.slice(2)) {
  const folder = newDirectory()
  cpSync(join(directory, 'package.json'), join(folder, 'package.json'))
  const installed = spawnSync('npm', ['install', '--silent', '--no-audit', '--no-fund', `node@${release}`], {
    cwd: folder,
  })
  if (installed.status !== 0) throw new Error(`npm does not install node@${release}`)
  const node = join(folder, 'node_modules/node/bin/node')
  const { stdout, stderr } = spawnSync(node, ['read.js'], { cwd: directory, encoding: 'utf8', maxBuffer: 1e8 })
  if (stdout === '') throw new Error(stderr)
  const { versions, read } = JSON.parse(stdout) as { readonly versions: object; readonly read: readonly number[] }
  const others = readings.filter(({ moments, passedOver }, at) => read[at] !== (moments.at(-1) ?? passedOver))
  failed ||= others.length > 0
  console.log(JSON.stringify(versions), `${readings.length} readings, ${others.length} other than by the zone file`)
  for (const { text, moments } of others.slice(0, 5)) console.log(`  ${text}: ${moments}`)
}
process.exit(failed ? 1 : 0)
