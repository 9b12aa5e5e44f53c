import { EMPTY_ROOT, type Hash, nodeHash } from './hash.ts'

/** A tree as somebody has signed it. */
interface Head {
  readonly size: number
  readonly root: Hash
}

const isOdd = (n: number): boolean => n % 2 === 1
const half = (n: number): number => Math.floor(n / 2)

/** Whether the proof shows that `leaf` is the one at `index` of the tree (RFC 9162, 2.1.3.2). */
export const isIncluded = (leaf: Hash, index: number, { size, root }: Head, proof: readonly Hash[]): boolean => {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return false
  let [fn, sn, hash] = [index, size - 1, leaf]
  for (const step of proof) {
    if (sn === 0) return false
    if (isOdd(fn) || fn === sn) {
      hash = nodeHash(step, hash)
      while (!isOdd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)]
    } else {
      hash = nodeHash(hash, step)
    }
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && hash.equals(root)
}

/** Whether the proof shows that `later` begins with all leaves of `earlier` (RFC 9162, 2.1.4.2). */
export const isConsistent = (earlier: Head, later: Head, proof: readonly Hash[]): boolean => {
  if (earlier.size > later.size) return false
  if (earlier.size === 0) return proof.length === 0 && earlier.root.equals(EMPTY_ROOT)
  if (earlier.size === later.size) return proof.length === 0 && earlier.root.equals(later.root)
  let [fn, sn] = [earlier.size - 1, later.size - 1]
  while (isOdd(fn)) [fn, sn] = [half(fn), half(sn)]
  const [first, ...steps] = fn === 0 ? [earlier.root, ...proof] : proof
  if (first === undefined) return false
  let [old, grown] = [first, first]
  for (const step of steps) {
    if (sn === 0) return false
    if (isOdd(fn) || fn === sn) {
      old = nodeHash(step, old)
      grown = nodeHash(step, grown)
      while (!isOdd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)]
    } else {
      grown = nodeHash(grown, step)
    }
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && old.equals(earlier.root) && grown.equals(later.root)
}
