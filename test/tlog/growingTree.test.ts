import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { GrowingTree } from '../../src/tlog/growingTree.ts'
import { leafHash } from '../../src/tlog/hash.ts'

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()

/** The recursive definition of RFC 6962, 2.1, word for word and as slow as that. */
const mth = (d: readonly Uint8Array[]): Buffer => {
  if (d.length === 0) return sha256()
  if (d.length === 1) return sha256(Uint8Array.of(0), d[0] as Uint8Array)
  const k = 2 ** (Math.ceil(Math.log2(d.length)) - 1)
  return sha256(Uint8Array.of(1), mth(d.slice(0, k)), mth(d.slice(k)))
}

const LARGEST = 300

describe('a tree that only grows', () => {
  it('has the root of the recursive definition, at every size', () => {
    const records = Array.from({ length: LARGEST }, (_, index) => Buffer.from(`record ${index}`))
    const tree = new GrowingTree()
    for (const [size, record] of records.entries()) {
      expect([tree.size, tree.root().toString('hex')]).to.deep.equal([
        size,
        mth(records.slice(0, size)).toString('hex'),
      ])
      tree.add(leafHash(record))
    }
    expect(tree.root().equals(mth(records))).to.equal(true)
  })

  it('is empty with the hash of nothing, and has the roots of the test vectors of Certificate Transparency', () => {
    // https://github.com/google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc
    const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
    const roots = [
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ]
    const tree = new GrowingTree()
    for (const [size, root] of roots.entries()) {
      expect(tree.root().toString('hex'), `${size}`).to.equal(root)
      tree.add(leafHash(Buffer.from(leaves[size] ?? '', 'hex')))
    }
  })
})
