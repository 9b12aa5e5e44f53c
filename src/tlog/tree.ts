import { EMPTY_ROOT, type Hash, nodeHash } from './hash.ts'

/**
 * Gives the root of the complete subtree over the leaves from `index * 2 ** level` up to `(index + 1) * 2 ** level`, not
 * included; level 0 are the leaves themselves. Throws where it has none.
 */
export type ReadSubtree = (level: number, index: number) => Hash

/** The largest power of two below `size` (2 or more), and its exponent. Sizes exceed what bit operations hold. */
const split = (size: number): { readonly size: number; readonly level: number } => {
  let [power, level] = [1, 0]
  while (power * 2 < size) [power, level] = [power * 2, level + 1]
  return { size: power, level }
}

/** The root over the leaves from `begin` up to `end`; `begin` is a multiple of a power of two that is not below their number. */
const rootOf = (read: ReadSubtree, begin: number, end: number): Hash => {
  if (end - begin === 1) return read(0, begin)
  const left = split(end - begin)
  if (left.size * 2 === end - begin) return read(left.level + 1, begin / (left.size * 2))
  return nodeHash(read(left.level, begin / left.size), rootOf(read, begin + left.size, end))
}

/** The root of the tree over the first `size` leaves (RFC 6962, 2.1: MTH). */
export const rootHash = (read: ReadSubtree, size: number): Hash => (size === 0 ? EMPTY_ROOT : rootOf(read, 0, size))

/** The way from leaf `index` to the root over the first `size` leaves, from the leaf's sibling upwards (RFC 6962, 2.1.1: PATH). */
export const inclusionProof = (read: ReadSubtree, index: number, size: number): readonly Hash[] => {
  if (!(index >= 0 && index < size)) throw new RangeError(`a tree of ${size} leaves has no leaf ${index}`)
  const proof: Hash[] = []
  let [begin, end] = [0, size]
  while (end - begin > 1) {
    const middle = begin + split(end - begin).size
    if (index < middle) {
      proof.push(rootOf(read, middle, end))
      end = middle
    } else {
      proof.push(rootOf(read, begin, middle))
      begin = middle
    }
  }
  return proof.reverse()
}

/** What shows that the first `old` of `size` leaves are the tree that there was (RFC 6962, 2.1.2: PROOF); empty for `old` 0. */
export const consistencyProof = (read: ReadSubtree, old: number, size: number): readonly Hash[] => {
  if (!(old >= 0 && old <= size)) throw new RangeError(`a tree of ${size} leaves never grew from one of ${old}`)
  if (old === 0 || old === size) return []
  const proof: Hash[] = []
  let [begin, end] = [0, size]
  let isWhole = true
  while (end > old) {
    const middle = begin + split(end - begin).size
    if (old <= middle) {
      proof.push(rootOf(read, middle, end))
      end = middle
    } else {
      proof.push(rootOf(read, begin, middle))
      begin = middle
      isWhole = false
    }
  }
  // The old tree is itself a subtree only where nothing was left of it: then its root is known to whoever checks.
  if (!isWhole) proof.push(rootOf(read, begin, end))
  return proof.reverse()
}
