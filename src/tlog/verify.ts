import { type Hash, nodeHash } from './hash.ts'

const half = (n: number): number => Math.floor(n / 2)

/**
 * Whether `proof` leads from the leaf at `index` to the root of a tree of `size` leaves (RFC 9162, 2.1.3.2; the trees are
 * those of RFC 6962). Total: a proof of any length or content is accepted or is not.
 */
export const isIncluded = (index: number, size: number, leaf: Hash, proof: readonly Hash[], root: Hash): boolean => {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false
  let [node, last] = [index, size - 1]
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else hash = nodeHash(hash, sibling)
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 && hash.equals(root)
}

/** Whether `proof` shows that a tree of `old` leaves with that root grew to one of `size` leaves (RFC 9162, 2.1.4.2). Total. */
export const isConsistent = (old: number, size: number, oldRoot: Hash, root: Hash, proof: readonly Hash[]): boolean => {
  if (!Number.isSafeInteger(old) || !Number.isSafeInteger(size) || old < 0 || old > size) return false
  if (old === 0) return proof.length === 0
  if (old === size) return proof.length === 0 && oldRoot.equals(root)
  const isComplete = 2 ** Math.round(Math.log2(old)) === old
  const [first, ...rest] = isComplete ? [oldRoot, ...proof] : proof
  if (first === undefined) return false
  let [node, last] = [old - 1, size - 1]
  while (node % 2 === 1) [node, last] = [half(node), half(last)]
  let [before, after] = [first, first]
  for (const hash of rest) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      before = nodeHash(hash, before)
      after = nodeHash(hash, after)
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)]
    } else after = nodeHash(after, hash)
    ;[node, last] = [half(node), half(last)]
  }
  return last === 0 && before.equals(oldRoot) && after.equals(root)
}
