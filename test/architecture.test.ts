import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'

const BIOME = new URL('../node_modules/.bin/biome', import.meta.url).pathname
const RULES = new URL('../biome.json', import.meta.url)

/** What the linter says, by the rules of this project, of a project that holds these files: path -> source. */
const lint = (files: Readonly<Record<string, string>>): { readonly passes: boolean; readonly output: string } => {
  const project = mkdtempSync(join(tmpdir(), 'kyc-ledger-architecture-'))
  try {
    copyFileSync(RULES, join(project, 'biome.json'))
    for (const [path, source] of Object.entries(files)) {
      mkdirSync(join(project, dirname(path)), { recursive: true })
      writeFileSync(join(project, path), source)
    }
    const { status, stdout, stderr } = spawnSync(BIOME, ['lint', '--error-on-warnings', '--colors=off', '.'], {
      encoding: 'utf8',
      cwd: project,
    })
    return { passes: status === 0, output: stdout + stderr }
  } finally {
    rmSync(project, { recursive: true })
  }
}

const using = (module: string): string => `import * as used from '${module}'\nexport const x = used\n`
const usingType = (module: string): string => `import type { X } from '${module}'\nexport type Y = X\n`
const planted = (directory: string, source: string) => lint({ [`${directory}/planted.ts`]: source })

const allows = (directory: string, module: string): void => {
  it(`let ${directory} import ${module}`, () => {
    const { passes, output } = planted(directory, using(module))
    expect(passes, output).to.equal(true)
  })
}

const forbids = (directory: string, module: string): void => {
  for (const [what, source] of Object.entries({ '': using(module), 'types of ': usingType(module) })) {
    it(`fail the check when ${directory} imports ${what}${module}`, () => {
      const { passes, output } = planted(directory, source)
      expect(passes).to.equal(false)
      expect(output).to.include('noRestrictedImports')
    })
  }
}

describe('the arrows src -> projections -> domain', () => {
  for (const room of ['domain/treezor', 'domain/event', 'domain/state', 'domain/answer']) {
    for (const allowed of ['fp-ts/lib/Either.js', 'io-ts', 'xstate', './beside.ts', '../instant.ts'])
      allows(room, allowed)
    for (const forbidden of ['node:fs', 'express', '../../src/clock/clock.ts', '../../projections/kycStatus.ts']) {
      forbids(room, forbidden)
    }
  }
  allows('projections', '../domain/state/fold.ts')
  for (const [from, to] of [
    ['domain', 'node:fs'],
    ['domain', '../src/config.ts'],
    ['domain', '../projections/kycStatus.ts'],
    ['projections', 'better-sqlite3'],
    ['projections', '../src/config.ts'],
    ['src', '../test/support/service/service.ts'],
  ] as const) {
    forbids(from, to)
  }

  it('fail the check when the domain asks for the time', () => {
    expect(planted('domain/state', 'export const x = () => Date.now()\n').passes).to.equal(false)
  })
})

const ROOMS = ['treezor', 'event', 'state', 'answer'] as const

describe('the arrows answer -> state -> event -> treezor, over the ground', () => {
  for (const [height, room] of ROOMS.entries()) {
    for (const below of ROOMS.slice(0, height)) allows(`domain/${room}`, `../${below}/planted.ts`)
    for (const above of ROOMS.slice(height + 1)) forbids(`domain/${room}`, `../${above}/planted.ts`)
    forbids('domain', `./${room}/planted.ts`)
  }
  allows('domain', './regions.ts')
})

describe('imports in a circle', () => {
  for (const [directory, kind, source] of [
    ['domain/state', 'of values', using],
    ['src/http', 'of types', usingType],
    ['test/support', 'of types', usingType],
  ] as const) {
    it(`fail the check (${kind}, in ${directory})`, () => {
      const { passes, output } = lint({
        [`${directory}/a.ts`]: source('./b.ts'),
        [`${directory}/b.ts`]: source('./c.ts'),
        [`${directory}/c.ts`]: source('./a.ts'),
      })
      expect(passes).to.equal(false)
      expect(output).to.include('noImportCycles')
    })
  }

  it('pass the check once they are open', () => {
    const { passes, output } = lint({ 'src/http/a.ts': usingType('./b.ts'), 'src/http/b.ts': 'export type X = 1\n' })
    expect(passes, output).to.equal(true)
  })
})

const LONGEST = 220

describe(`a file of the product longer than ${LONGEST} lines`, () => {
  const lines = (count: number): string => 'export {}\n'.repeat(count)

  for (const directory of ['domain/state', 'projections', 'src/http']) {
    it(`fails the check (in ${directory})`, () => {
      expect(planted(directory, lines(LONGEST)).output).to.not.include('noExcessiveLinesPerFile')
      expect(planted(directory, lines(LONGEST + 1)).output).to.include('noExcessiveLinesPerFile')
    })
  }
})
