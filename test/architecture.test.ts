import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'

const BIOME = new URL('../node_modules/.bin/biome', import.meta.url).pathname
const RULES = new URL('../biome.json', import.meta.url)

/** What the linter says, by the rules of this project, of a project that holds one file. */
const lint = (path: string, source: string): { readonly passes: boolean; readonly output: string } => {
  const project = mkdtempSync(join(tmpdir(), 'kyc-ledger-architecture-'))
  try {
    copyFileSync(RULES, join(project, 'biome.json'))
    mkdirSync(join(project, dirname(path)), { recursive: true })
    writeFileSync(join(project, path), source)
    const { status, stdout, stderr } = spawnSync(BIOME, ['lint', '--colors=off', path], {
      encoding: 'utf8',
      cwd: project,
    })
    return { passes: status === 0, output: stdout + stderr }
  } finally {
    rmSync(project, { recursive: true })
  }
}

const using = (module: string): string => `import * as used from '${module}'\nexport const x = used\n`

describe('the arrows src -> projections -> domain', () => {
  for (const allowed of ['fp-ts/lib/Either.js', 'io-ts', 'xstate', './instant.ts', './treezor/user.ts']) {
    it(`let the domain import ${allowed}`, () => {
      const { passes, output } = lint('domain/planted.ts', using(allowed))
      expect(passes, output).to.equal(true)
    })
  }

  for (const [from, to] of [
    ['domain', 'node:fs'],
    ['domain', 'express'],
    ['domain', '../src/clock/clock.ts'],
    ['domain', '../projections/kycStatus.ts'],
    ['domain/treezor', '../../src/clock/clock.ts'],
    ['projections', 'better-sqlite3'],
    ['projections', '../src/clock/clock.ts'],
    ['src', '../test/support/service.ts'],
  ] as const) {
    it(`fail the check when ${from} imports ${to}`, () => {
      const { passes, output } = lint(`${from}/planted.ts`, using(to))
      expect(passes).to.equal(false)
      expect(output).to.include('noRestrictedImports')
    })
  }

  it('fail the check when the domain asks for the time', () => {
    expect(lint('domain/planted.ts', 'export const x = () => Date.now()\n').passes).to.equal(false)
  })

  it('let projections import the domain', () => {
    expect(lint('projections/planted.ts', using('../domain/state/fold.ts')).passes).to.equal(true)
  })
})
