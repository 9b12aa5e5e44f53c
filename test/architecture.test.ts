import { spawnSync } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'

const ROOT = new URL('..', import.meta.url).pathname
const BIOME = join(ROOT, 'node_modules/.bin/biome')
const RULES = ['biome.json', 'importType.grit']

/** What the linter says, by the rules of this project, of a project that holds these files: path -> source. */
const lint = (files: Readonly<Record<string, string>>): { readonly passes: boolean; readonly output: string } => {
  const project = mkdtempSync(join(tmpdir(), 'kyc-ledger-architecture-'))
  try {
    for (const rules of RULES) copyFileSync(join(ROOT, rules), join(project, rules))
    for (const [path, source] of Object.entries(files)) {
      mkdirSync(join(project, dirname(path)), { recursive: true })
      writeFileSync(join(project, path), source)
    }
    const { status, stdout, stderr } = spawnSync(
      BIOME,
      ['lint', '--error-on-warnings', '--colors=off', '--max-diagnostics=none', '.'],
      {
        encoding: 'utf8',
        cwd: project,
      },
    )
    return { passes: status === 0, output: stdout + stderr }
  } finally {
    rmSync(project, { recursive: true })
  }
}

const using = (module: string): string => `import * as used from '${module}'\nexport const x = used\n`
const usingType = (module: string): string => `import type { X } from '${module}'\nexport type Y = X\n`
const planted = (directory: string, source: string) => lint({ [`${directory}/planted.ts`]: source })

/** One import of a module by a file of its own, and whether that file may. All of them are looked at in one run. */
interface Import {
  readonly file: string
  readonly source: string
  readonly what: string
  readonly allowed: boolean
}

const imports = (): {
  readonly allows: (directory: string, module: string) => void
  readonly forbids: (directory: string, module: string) => void
  readonly lookAtAll: () => void
} => {
  const all: Import[] = []
  const add = (directory: string, source: string, what: string, allowed: boolean): void => {
    all.push({ file: `${directory}/planted${all.length}.ts`, source, what, allowed })
  }
  return {
    allows: (directory, module) => add(directory, using(module), `let ${directory} import ${module}`, true),
    forbids: (directory, module) => {
      add(directory, using(module), `fail the check when ${directory} imports ${module}`, false)
      add(directory, usingType(module), `fail the check when ${directory} imports types of ${module}`, false)
    },
    lookAtAll: () => {
      let output = ''
      before(() => {
        output = lint(Object.fromEntries(all.map(({ file, source }) => [file, source]))).output
      })
      for (const { file, what, allowed } of all) {
        it(what, () => {
          const found = output.split('\n').filter((line) => line.startsWith(`${file}:`))
          expect(found.some((line) => line.includes('noRestrictedImports'))).to.equal(!allowed)
          if (allowed) expect(found).to.deep.equal([])
        })
      }
    },
  }
}

describe('the arrows src -> projections -> domain', () => {
  const { allows, forbids, lookAtAll } = imports()
  for (const room of ['domain/treezor', 'domain/event', 'domain/state', 'domain/answer', 'domain/retention']) {
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
    ['src', '../domain/state/fold.test.ts'],
  ] as const) {
    forbids(from, to)
  }
  lookAtAll()

  it('fail the check when the domain asks for the time', () => {
    expect(planted('domain/state', 'export const x = () => Date.now()\n').passes).to.equal(false)
  })
})

const ROOMS = ['treezor', 'event', 'state', 'answer', 'retention'] as const

describe('the arrows retention -> answer -> state -> event -> treezor, over the ground', () => {
  const { allows, forbids, lookAtAll } = imports()
  for (const [height, room] of ROOMS.entries()) {
    for (const below of ROOMS.slice(0, height)) allows(`domain/${room}`, `../${below}/planted.ts`)
    for (const above of ROOMS.slice(height + 1)) forbids(`domain/${room}`, `../${above}/planted.ts`)
    forbids('domain', `./${room}/planted.ts`)
  }
  allows('domain', './regions.ts')
  for (const roundabout of ['./../answer/planted.ts', '../treezor/../answer/planted.ts'])
    forbids('domain/state', roundabout)
  forbids('projections', '../domain/../src/planted.ts')

  for (const module of ['node:fs', '../state/planted.ts', '../../src/planted.ts']) forbids('domain/new-room', module)
  lookAtAll()

  it('fail the check when a file of the ground imports a room, whatever its name ends in', () => {
    const names = ['js', 'mts', 'cts', 'tsx'].map((extension) => `domain/planted.${extension}`)
    const { output } = lint(Object.fromEntries(names.map((name) => [name, using('./state/planted.ts')])))
    for (const name of names) expect(output).to.match(new RegExp(`${name}:\\S+ lint/style/noRestrictedImports`))
  })

  it('fail the check where a type is imported on the spot', () => {
    for (const directory of ['domain/state', 'projections', 'src/http']) {
      const { passes, output } = planted(directory, "export type X = import('./beside.ts').X\n")
      expect(passes).to.equal(false)
      expect(output).to.include('types are imported at the top of a file')
    }
  })
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

describe('the product, past what the linter sees', () => {
  const written = globSync('{src,domain,projections}/**/*.*', { cwd: ROOT })
  const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

  it('lifts none of these rules by a comment', () => {
    const lifting =
      /biome-ignore\S* lint(:|\/(style|suspicious)(:|\/(noRestricted\w*|noExcessiveLinesPerFile|noImportCycles)\b)|\/plugin)/
    expect(written.filter((file) => lifting.test(textOf(file)))).to.deep.equal([])
  })

  it(`has no file longer than ${LONGEST} lines, those inside of texts counted`, () => {
    // Whoever checks an evidence file is given one file of Go, whatever is in it.
    const ours = written.filter((file) => file !== 'src/evidence/verify.go')
    expect(ours.filter((file) => textOf(file).trimEnd().split('\n').length > LONGEST)).to.deep.equal([])
  })

  it('starts no thread without a bound of its young generation, which the flags of the service are not', () => {
    const starting = /\bnew Worker\((?!.*\.\.\.youngAtMost\()/
    expect(starting.test("new Worker(module, { workerData: 'x' })")).to.equal(true)
    expect(written.filter((file) => starting.test(textOf(file)))).to.deep.equal([])
  })

  it('imports no value of node:http, for which Node would load fetch in each process', () => {
    const importing = /^import (?!type\b)[^']*? from 'node:http'$/m
    expect(importing.test(using('node:http'))).to.equal(true)
    expect(written.filter((file) => importing.test(textOf(file)))).to.deep.equal([])
  })

  it('stands in its three folders; no other code but tests, benchmarks and what an operator loads before the service is there', () => {
    const code = globSync('**/*.{ts,mts,cts,tsx,js,mjs,cjs}', {
      cwd: ROOT,
      exclude: (path) => path.split('/').includes('node_modules'),
    })
    const folders = new Set(code.map((file) => (file.includes('/') ? file.split('/')[0] : file)))
    expect([...folders].sort()).to.deep.equal(['bench', 'deploy', 'domain', 'projections', 'src', 'test'])
    expect(code.filter((file) => file.startsWith('deploy/'))).to.deep.equal(['deploy/tracing/otlp.mjs'])
  })
})
