import { EMPTY_ROOT, type Hash, nodeHash } from './hash.ts'

/** Gives the hash of the complete subtree over the leaves `index * 2 ** height` up to, and without, `(index + 1) * 2 ** height`. */
export type ReadSubtree = (height: number, index: number) => Hash

/** The largest power of two below a size of at least 2. */
const splitOf = (size: number): number => {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

/** MTH(D[from:to]) of RFC 6962, 2.1, where `from` is a multiple of the smallest power of two that is not below `to - from`. */
const rangeHash = (from: number, to: number, read: ReadSubtree): Hash => {
  const size = to - from
  const height = Math.log2(size)
  if (Number.isInteger(height)) return read(height, from / size)
  const split = splitOf(size)
  return nodeHash(rangeHash(from, from + split, read), rangeHash(from + split, to, read))
}

/** The root of the tree over the first `size` leaves. */
export const rootHash = (size: number, read: ReadSubtree): Hash => (size === 0 ? EMPTY_ROOT : rangeHash(0, size, read))

const pathIn = (index: number, from: number, to: number, read: ReadSubtree): Hash[] => {
  if (to - from === 1) return []
  const split = from + splitOf(to - from)
  return index < split
    ? [...pathIn(index, from, split, read), rangeHash(split, to, read)]
    : [...pathIn(index, split, to, read), rangeHash(from, split, read)]
}

/**
 * What shows that a leaf is the one at `index` of the tree over `size` leaves: PATH of RFC 6962, 2.1.1, from its sibling up to
 * the child of the root. Throws a `RangeError` where there is no such leaf.
 */
export const inclusionProof = (index: number, size: number, read: ReadSubtree): readonly Hash[] => {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size)
    throw new RangeError(`no leaf ${index} in a tree of ${size}`)
  return pathIn(index, 0, size, read)
}

/** SUBPROOF of RFC 6962, 2.1.2, for the first `old - from` leaves of those up to `to`. */
const subproof = (old: number, from: number, to: number, isWhole: boolean, read: ReadSubtree): Hash[] => {
  if (old === to) return isWhole ? [] : [rangeHash(from, to, read)]
  const split = from + splitOf(to - from)
  return old <= split
    ? [...subproof(old, from, split, isWhole, read), rangeHash(split, to, read)]
    : [...subproof(old, split, to, false, read), rangeHash(from, split, read)]
}

/**
 * What shows that the tree over `size` leaves begins with all those of the tree over `old`: PROOF of RFC 6962, 2.1.2; empty
 * where the two are the same, and for an empty `old`. Throws a `RangeError` where `old` is larger.
 */
export const consistencyProof = (old: number, size: number, read: ReadSubtree): readonly Hash[] => {
  if (!Number.isSafeInteger(old) || old < 0 || old > size)
    throw new RangeError(`a tree of ${size} does not begin with one of ${old}`)
  return old === 0 ? [] : subproof(old, 0, size, true, read)
}
