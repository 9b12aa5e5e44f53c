import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { EMPTY_ROOT, type Hash, leafHash, nodeHash } from '../../src/tlog/hash.ts'
import { consistencyProof, inclusionProof, type ReadSubtree, rootHash } from '../../src/tlog/tree.ts'
import { isConsistent, isIncluded } from '../../src/tlog/verify.ts'

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()

/** The recursive definitions of RFC 6962, 2.1 to 2.1.2, word for word and as slow as that. */
const split = (n: number): number => 2 ** (Math.ceil(Math.log2(n)) - 1)
const mth = (d: readonly Uint8Array[]): Buffer => {
  if (d.length === 0) return sha256()
  if (d.length === 1) return sha256(Uint8Array.of(0), d[0] as Uint8Array)
  const k = split(d.length)
  return sha256(Uint8Array.of(1), mth(d.slice(0, k)), mth(d.slice(k)))
}
const path = (m: number, d: readonly Uint8Array[]): readonly Buffer[] => {
  if (d.length === 1) return []
  const k = split(d.length)
  return m < k ? [...path(m, d.slice(0, k)), mth(d.slice(k))] : [...path(m - k, d.slice(k)), mth(d.slice(0, k))]
}
const subproof = (m: number, d: readonly Uint8Array[], b: boolean): readonly Buffer[] => {
  if (m === d.length) return b ? [] : [mth(d)]
  const k = split(d.length)
  return m <= k
    ? [...subproof(m, d.slice(0, k), b), mth(d.slice(k))]
    : [...subproof(m - k, d.slice(k), false), mth(d.slice(0, k))]
}

const records = (count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, index) => Buffer.from(`record ${index}`))

const subtreesOf = (leaves: readonly Hash[]): ReadSubtree => {
  const levels: Hash[][] = [[...leaves]]
  for (let below = leaves as readonly Hash[]; below.length > 1; below = levels.at(-1) as readonly Hash[]) {
    levels.push(
      Array.from({ length: Math.floor(below.length / 2) }, (_, i) =>
        nodeHash(below[2 * i] as Hash, below[2 * i + 1] as Hash),
      ),
    )
  }
  return (level, index) => {
    const hash = levels[level]?.[index]
    if (hash === undefined) throw new Error(`no subtree ${level}/${index}`)
    return hash
  }
}

const LARGEST = 70
const RECORDS = records(LARGEST)
const LEAVES = RECORDS.map(leafHash)
const read = subtreesOf(LEAVES)
const root = (size: number): Hash => rootHash(read, size)

describe('a Merkle tree', () => {
  it('without leaves has the hash of nothing as its root', () => {
    expect(EMPTY_ROOT.toString('hex')).to.equal('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(root(0).equals(mth([]))).to.equal(true)
  })

  it('has the roots and proofs of the recursive definitions, at every size', () => {
    for (let size = 1; size <= LARGEST; size++) {
      const some = RECORDS.slice(0, size)
      expect(root(size).equals(mth(some)), `root of ${size}`).to.equal(true)
      for (let index = 0; index < size; index++) {
        expect(inclusionProof(read, index, size), `${index} in ${size}`).to.deep.equal(path(index, some))
      }
      for (let old = 1; old <= size; old++) {
        expect(consistencyProof(read, old, size), `${old} to ${size}`).to.deep.equal(subproof(old, some, true))
      }
    }
  })

  it('has its own proofs accepted, of every leaf and of every size before', () => {
    for (let size = 1; size <= LARGEST; size++) {
      for (let index = 0; index < size; index++) {
        const leaf = LEAVES[index] as Hash
        expect(isIncluded(index, size, leaf, inclusionProof(read, index, size), root(size))).to.equal(true)
      }
      for (let old = 0; old <= size; old++) {
        expect(isConsistent(old, size, root(old), root(size), consistencyProof(read, old, size))).to.equal(true)
      }
    }
  })

  const flipped = (hash: Hash, bit: number): Hash => {
    const other = Buffer.from(hash)
    const byte = Math.floor(bit / 8)
    other[byte] = (other[byte] as number) ^ (1 << (bit % 8))
    return other
  }
  const place = fc.tuple(fc.integer({ min: 1, max: LARGEST }), fc.nat(), fc.nat({ max: 255 }), fc.nat())

  it('has every proof of a leaf refused in which one bit, the number of hashes, the place or the size is another', () => {
    fc.assert(
      fc.property(place, ([size, at, bit, which]) => {
        const index = at % size
        const leaf = LEAVES[index] as Hash
        const proof = inclusionProof(read, index, size)
        const accepted = (i: number, n: number, l: Hash, p: readonly Hash[], r: Hash) => isIncluded(i, n, l, p, r)
        const one = which % Math.max(1, proof.length)
        const tampered = proof.map((hash, i) => (i === one ? flipped(hash, bit) : hash))
        if (proof.length > 0) {
          expect(accepted(index, size, leaf, tampered, root(size))).to.equal(false)
          expect(accepted(index, size, leaf, proof.slice(1), root(size))).to.equal(false)
          expect(accepted(index, size, leaf, proof.slice(0, -1), root(size))).to.equal(false)
        }
        expect(accepted(index, size, leaf, [...proof, leaf], root(size))).to.equal(false)
        expect(accepted(index, size, flipped(leaf, bit), proof, root(size))).to.equal(false)
        expect(accepted(index, size, leaf, proof, flipped(root(size), bit))).to.equal(false)
        for (let other = 0; other < size; other++) {
          if (other !== index) expect(accepted(other, size, leaf, proof, root(size))).to.equal(false)
        }
        for (const no of [-1, size, 0.5, Number.NaN, 2 ** 53]) {
          expect(accepted(no, size, leaf, proof, root(size))).to.equal(false)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('has every proof of its growth refused in which one bit, the number of hashes or a size is another', () => {
    fc.assert(
      fc.property(place, ([size, at, bit, which]) => {
        const old = 1 + (at % size)
        const proof = consistencyProof(read, old, size)
        const one = which % Math.max(1, proof.length)
        const tampered = proof.map((hash, i) => (i === one ? flipped(hash, bit) : hash))
        if (proof.length > 0) {
          expect(isConsistent(old, size, root(old), root(size), tampered)).to.equal(false)
          expect(isConsistent(old, size, root(old), root(size), proof.slice(1))).to.equal(false)
          expect(isConsistent(old, size, root(old), root(size), proof.slice(0, -1))).to.equal(false)
        }
        expect(isConsistent(old, size, root(old), root(size), [...proof, root(old)])).to.equal(false)
        expect(isConsistent(old, size, flipped(root(old), bit), root(size), proof)).to.equal(false)
        expect(isConsistent(old, size, root(old), flipped(root(size), bit), proof)).to.equal(false)
        expect(isConsistent(size + 1, size, root(old), root(size), proof)).to.equal(false)
      }),
      { numRuns: 500 },
    )
  })

  it('says no to what it cannot have', () => {
    expect(() => inclusionProof(read, 3, 3)).to.throw(RangeError)
    expect(() => consistencyProof(read, 4, 3)).to.throw(RangeError)
  })
})
