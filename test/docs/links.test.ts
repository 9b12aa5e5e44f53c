import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'

const ROOT = new URL('../../', import.meta.url).pathname
const DOCUMENTS = globSync(['*.md', '{docs,findings,test}/**/*.md'], { cwd: ROOT, exclude: ['**/node_modules/**'] })
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** Without what is shown as code: brackets stand for something else there. */
const proseOf = (path: string): string =>
  textOf(path)
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/`[^`\n]*`/g, '`')

/** The anchors of a document: its headings as GitHub spells them. */
const anchorsOf = (path: string): ReadonlySet<string> =>
  new Set(
    [...textOf(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )

describe('the documents', () => {
  it('link to files and headings that are there', () => {
    const broken: string[] = []
    for (const path of DOCUMENTS)
      for (const [, target = ''] of proseOf(path).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue
        const [file = '', anchor] = target.split('#')
        const to = file === '' ? path : join(dirname(path), file)
        if (!existsSync(join(ROOT, to)) || (anchor !== undefined && !anchorsOf(to).has(anchor)))
          broken.push(`${path}: ${target}`)
      }
    expect(broken).to.deep.equal([])
  })

  it('speak of scripts and commands that there are', () => {
    const { scripts } = JSON.parse(textOf('package.json'))
    const commands = textOf('src/cli/run.ts')
    for (const path of DOCUMENTS) {
      for (const [, script = ''] of textOf(path).matchAll(/npm run (?:--silent )?([a-z]+)/g))
        expect(scripts, path).to.have.property(script)
      for (const [, command = ''] of textOf(path).matchAll(/npm run (?:--silent )?kyc -- ([a-z-]+)/g))
        expect(commands, `${path}: ${command}`).to.include(`case '${command}':`)
    }
  })
})
