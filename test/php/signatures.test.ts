import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import * as O from 'fp-ts/lib/Option.js'
import { verifySignature, webhookSecret } from '../../src/webhooks/signature.ts'
import { installed } from '../support/installed.ts'
import { heldAgainstPhp } from './php.ts'

const PAYLOADS = Number(process.env['PHP_PAYLOADS'] ?? 500)
const UNTESTED = 'signatures are not held against PHP'
/** Ways of writing a payload that leave its tokens as they are. */
const SPELLINGS = [
  'default',
  'JSON_UNESCAPED_SLASHES',
  'JSON_UNESCAPED_UNICODE',
  'both',
  'both, JSON_UNESCAPED_LINE_TERMINATORS',
  'JSON_PRETTY_PRINT',
  'JSON_PRETTY_PRINT, both',
  'JSON_HEX_TAG, _AMP, _APOS, _QUOT',
]

describe('signatures made by PHP', () => {
  it('verify where PHP finds the tokens that it signed, and nowhere else', async function () {
    this.timeout(Math.max(20_000, PAYLOADS * 20))
    const php = process.env['PHP'] ?? installed('php', 'php-cli', UNTESTED)
    if (php === null) return this.skip()
    // The same in each run, unless it is asked for otherwise.
    const { version, ways } = await heldAgainstPhp(php, Number(process.env['PHP_SEED'] ?? 1), PAYLOADS)
    expect(version).to.match(/^\d+\.\d+/)
    expect([...ways.keys()])
      .to.include.members(SPELLINGS)
      .and.have.length(16)
    for (const [name, { verified, differs, disagreements, ownRefused }] of ways) {
      expect(disagreements, name).to.deep.equal([])
      expect(ownRefused, name).to.equal(0)
      if (SPELLINGS.includes(name)) expect(verified, name).to.equal(PAYLOADS)
      else expect(verified, name).to.equal(PAYLOADS - differs)
      if (name !== 'default') expect(differs, name).to.be.greaterThan(0)
    }
    if (process.env['PHP_PAYLOADS'] !== undefined) {
      console.log(`PHP ${version}, ${PAYLOADS} payloads`)
      for (const [name, { differs, verified }] of ways) console.log(`${name}: ${differs} differ, ${verified} verify`)
    }
  })
})

describe('the vectors of the document', () => {
  const text = readFileSync(new URL('../../docs/signatures.md', import.meta.url), 'utf8')
  const [, secret = '', signature = ''] = /secret is `([^`]+)`, the signature of each is `([^`]+)`/.exec(text) ?? []
  const vectors = [...text.matchAll(/^(.+): \*\*(accepted|refused)\*\*\n\n```json\n([\s\S]*?)\n```$/gm)]

  it('are as many as it has ways', () => {
    expect(vectors.map(([, , verdict]) => verdict)).to.deep.equal([
      ...Array.from({ length: 6 }, () => 'accepted'),
      ...Array.from({ length: 6 }, () => 'refused'),
    ])
  })
  for (const [, name = '', verdict = '', body = ''] of vectors) {
    it(`${name}: ${verdict}`, () => {
      const verified = O.isSome(verifySignature(body, signature, [webhookSecret(secret)]))
      expect(verified).to.equal(verdict === 'accepted')
    })
  }
})
