import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { DOCUMENT } from '../../../src/http/openapi/document.ts'
import { isWholeSuite, unseen } from '../../support/description/everyStatusSeen.ts'
import { newDirectory } from '../../support/newDirectory.ts'

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

describe('a status that is described', () => {
  it('is missed until it is seen; what any path may answer is not', () => {
    const all = unseen(new Set())
    expect(all).to.include('GET /users 401').and.to.include('GET /users 200')
    expect(all.some((answer) => answer.endsWith('default'))).to.equal(false)
    expect(all.length).to.be.greaterThan(Object.keys(DOCUMENT.paths).length * 2)
    expect(unseen(new Set(all.slice(1)))).to.deep.equal(all.slice(0, 1))
  })

  it('is missed by all tests together, and by no part of them', () => {
    expect(isWholeSuite(new Set([fileURLToPath(import.meta.url)]), [])).to.equal(false)
    expect(isWholeSuite({ has: () => true } as unknown as Set<string>, [])).to.equal(true)
    for (const narrow of [['-g', 'x'], ['--grep=x'], ['--fgrep', 'x']]) {
      expect(isWholeSuite({ has: () => true } as unknown as Set<string>, narrow)).to.equal(false)
    }
  })

  for (const [name, options] of [
    ['one process', []],
    ['several', ['--parallel', '--jobs', '2']],
  ] as const) {
    it(`is one failure more, in ${name}, where all tests passed and none has seen it`, () => {
      const cwd = newDirectory()
      mkdirSync(join(cwd, 'test'))
      const seen = JSON.stringify(at('test/support/description/seen.ts'))
      const test = `import { noteSeen, tellSeen } from ${seen}\nit('sees', () => { noteSeen('GET /users 401'); tellSeen() })\n`
      writeFileSync(join(cwd, 'test/a.test.ts'), test)
      const args = ['--reporter', at('test/support/reporter.ts'), ...options, 'test/**/*.test.ts']
      let said = ''
      try {
        execFileSync(process.execPath, [at('node_modules/mocha/bin/mocha.js'), '--no-config', ...args], {
          cwd,
          env: { PATH: process.env['PATH'] },
          encoding: 'utf8',
        })
      } catch (error) {
        said = (error as { readonly stdout: string }).stdout
      }
      expect(said).to.include('described, and never seen')
      expect(said).to.include('GET /users 200').and.not.to.include('GET /users 401')
      expect(said.trimEnd().split('\n').at(-1)).to.equal('1 passed, 1 failed')
    })
  }
})
