import { readdirSync, readFileSync, statSync } from 'node:fs'
import { expect } from 'chai'

const FINDINGS = new URL('../../findings/', import.meta.url)

describe('findings', () => {
  for (const name of readdirSync(FINDINGS).filter((file) => file.endsWith('.sh'))) {
    it(`${name} can be run as it is, and is listed`, () => {
      expect(statSync(new URL(name, FINDINGS)).mode & 0o111).to.equal(0o111)
      expect(readFileSync(new URL('README.md', FINDINGS), 'utf8')).to.include(`(${name})`)
    })
  }
})
