import { expect } from 'chai'
import { sizeInWords } from '../../src/words/numberInWords.ts'

describe('a size in words', () => {
  it('is told in the unit that fits', () => {
    expect([0, 1023, 1024, 1536 * 1024, 3 * 1024 ** 4].map(sizeInWords)).to.deep.equal([
      '0 bytes',
      '1023 bytes',
      '1.0 KiB',
      '1.5 MiB',
      '3.0 TiB',
    ])
  })
})
