import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { own } from '../support/service/children.ts'
import { ENVIRONMENT } from '../support/service/environment.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const PLANTED = new URL('planted.ts', import.meta.url).href

/** Runs `npm run fuzz -- <words>`, without npm. */
const fuzz = async (out: string, words: readonly string[], planted = '') => {
  const env = { ...ENVIRONMENT, ...(planted === '' ? {} : { NODE_OPTIONS: `--import=${PLANTED}`, PLANTED: planted }) }
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe']
  const child = own(spawn(process.execPath, [MAIN, '--out', out, ...words], { env, stdio }))
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
  }
  const [code] = await once(child, 'close')
  return { code, text }
}

const countOf = (text: string, what: string): number =>
  Number(new RegExp(`^ +${what}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0)

describe('webhooks nobody would send', () => {
  it('break nothing, verify nobody, and come to the same in every order', async () => {
    const directory = newDirectory()
    const { code, text } = await fuzz(directory, ['--minutes', '5', '--bodies', '500', '--seed', '18'])
    expect(code, text).to.equal(0)
    expect(text)
      .to.match(/^seed 18: 5\d\d bodies in /)
      .and.to.include('no fault')
    for (const what of [
      'body: verified',
      'body: signature',
      'body: not-json',
      'outcome: Appended',
      'outcome: Duplicate',
    ])
      expect(countOf(text, what), text).to.be.greaterThan(0)
    for (const what of [
      'status: validated',
      'status: refused',
      'status: unknown',
      'sets in another order',
      'asked about: verified no more',
      'asked about: as before',
    ])
      expect(countOf(text, what), text).to.be.greaterThan(0)
    expect(readdirSync(directory)).to.deep.equal([])
  })

  it('find what a careless change broke, and leave the smallest case that shows it', async () => {
    const directory = join(newDirectory(), 'faults')
    const words = ['--minutes', '5', '--bodies', '300', '--seed', '18', '--shrink', '1']
    const { code, text } = await fuzz(directory, words, 'contradictions')
    expect(code, text).to.equal(1)
    expect(text).to.include('verified, and nothing that came says so')
    const files = readdirSync(directory)
    expect(files).to.not.have.length(0)
    const smallest = files.map((file) => readFileSync(join(directory, file), 'utf8')).join('\n')
    expect(smallest)
      .to.include('"shown":"{')
      .and.to.match(/seed 18, case \d+/)
  })

  it('are made as somebody asks for them, or not at all', async () => {
    const { code, text } = await fuzz(newDirectory(), ['--minutes', 'many'])
    expect(code).to.equal(2)
    expect(text).to.include('--minutes is not a number').and.to.include('npm run fuzz -- ')
  })
})
