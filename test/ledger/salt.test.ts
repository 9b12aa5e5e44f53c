import { expect } from 'chai'
import { newSalt } from '../../src/ledger/salt.ts'

describe('a salt', () => {
  it('is 32 bytes in base64, and never the same twice', () => {
    const salts = Array.from({ length: 1000 }, newSalt)
    for (const salt of salts) {
      expect(Buffer.from(salt, 'base64')).to.have.length(32)
      expect(Buffer.from(salt, 'base64').toString('base64')).to.equal(salt)
    }
    expect(new Set(salts)).to.have.property('size', salts.length)
    // No part of one stands in another, either.
    const parts = salts.flatMap((salt) => [salt.slice(0, 20), salt.slice(20, 40)])
    expect(new Set(parts)).to.have.property('size', parts.length)
  })
})
