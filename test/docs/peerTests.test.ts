import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'

const ROOT = new URL('../../', import.meta.url).pathname
const document = readFileSync(join(ROOT, 'docs/peer-tests.md'), 'utf8')
/** The third column of each table with a case in it. */
const ours = [...document.matchAll(/^\| .+ \| .+ \| (.+) \|$/gm)].map(([, column = '']) => column)

/** Whether a test or a group of the file has a title that begins so. */
const holds = (text: string, title: string): boolean =>
  new RegExp(`\\b(?:it|describe)\\(\\s*['"\`]${RegExp.escape(title)}`).test(text)

describe('what the tests of others ask', () => {
  it('names tests of ours that there are', () => {
    const missing: string[] = []
    let named = 0
    for (const column of ours) {
      let file: string | undefined
      let text = ''
      for (const [, path, title] of column.matchAll(/`([\w/.]+\.ts)`|"([^"]+)"/g)) {
        named += 1
        if (path !== undefined) {
          file = path
          text = existsSync(join(ROOT, 'test', path)) ? readFileSync(join(ROOT, 'test', path), 'utf8') : ''
          if (text === '') missing.push(path)
        } else if (title !== undefined && !holds(text, title)) missing.push(`${file}: ${title}`)
      }
    }
    expect(missing).to.deep.equal([])
    expect(named).to.be.greaterThan(150)
  })

  it('is asked of each adapter', () => {
    const policies = globSync('test/eventStore/*Policies.ts', { cwd: ROOT })
    const contract = readFileSync(join(ROOT, 'test/eventStore/contract.ts'), 'utf8')
    for (const path of policies) expect(contract).to.include(`./${path.split('/').at(-1)}`)
  })
})
