import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'chai'

const ROOT = new URL('../../', import.meta.url)
const textOf = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8')

/** The instructions, each on one line. */
const STEPS = textOf('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '')
const all = (word: string): readonly string[] =>
  STEPS.filter((step) => step.startsWith(`${word} `)).map((step) => step.slice(word.length + 1))

describe('the Dockerfile', () => {
  it('begins with the Node that the lock has, by its digest', () => {
    const { version } = JSON.parse(textOf('package-lock.json')).packages['node_modules/node']
    const [base = ''] = all('ARG')
    expect(base).to.match(new RegExp(`^NODE_IMAGE=node:${version}-[a-z]+-slim@sha256:[0-9a-f]{64}$`))
    for (const from of all('FROM')) expect(from.startsWith(`\${NODE_IMAGE}`), from).to.equal(true)
  })

  it('copies what there is, and all that a service is made of', () => {
    const copied = all('COPY')
      .filter((words) => !words.startsWith('--from='))
      .flatMap((words) => words.split(' ').slice(0, -1))
    for (const path of copied) expect(existsSync(new URL(path, ROOT)), path).to.equal(true)
    expect(copied).to.include.members(['domain', 'projections', 'src', 'LICENSE', 'deploy/sbom.cdx.json'])
    const ignored = textOf('.dockerignore').trim().split('\n')
    expect(ignored).to.include.members(['node_modules', 'data', '.git'])
    for (const path of copied) expect(ignored).to.not.include(path.split('/')[0])
  })

  it('ends as a user by number who is not root, and with one process, without a shell between', () => {
    expect(all('USER').at(-1)).to.match(/^[1-9]\d*:[1-9]\d*$/)
    for (const words of [
      all('CMD').at(-1),
      all('HEALTHCHECK')
        .at(-1)
        ?.replace(/^.*? CMD /, ''),
    ])
      expect(JSON.parse(words ?? '')[0]).to.equal('node')
  })

  it('has no steps but those that can be tried without an engine', () => {
    const tried = [...textOf('deploy/image/steps.sh').matchAll(/^ {4}([A-Z]+)\)/gm)].map(([, word]) => word)
    for (const step of STEPS) expect(tried).to.include(step.split(' ')[0])
  })
})
