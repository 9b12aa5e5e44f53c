import { type Hash, leafHash, nodeHash } from '../../../src/tlog/hash.ts'
import { consistencyProof, inclusionProof, type ReadSubtree, rootHash } from '../../../src/tlog/tree.ts'

export interface Log {
  readonly size: number
  /** What it was generated from, with its size. */
  readonly salt: number
  readonly records: readonly Uint8Array[]
}

/** That the leaf `hash` is the one at `at`, or that the tree of `at` leaves with root `hash` is the beginning, of the tree of `size`. */
export interface Proved {
  readonly kind: 'inclusion' | 'consistency'
  readonly size: number
  readonly root: Hash
  readonly at: number
  readonly hash: Hash
  readonly proof: readonly Hash[]
}

/** The complete subtrees over the leaves of a log, in memory. */
export const subtreesOf = ({ records }: Log): { readonly subtree: ReadSubtree } => {
  const levels: Hash[][] = [records.map(leafHash)]
  for (let below = levels[0] ?? []; below.length > 1; ) {
    const level = Array.from({ length: below.length >> 1 }, (_, n) =>
      nodeHash(below[2 * n] as Hash, below[2 * n + 1] as Hash),
    )
    levels.push(level)
    below = level
  }
  return {
    subtree: (height, index) => {
      const hash = levels[height]?.[index]
      if (hash === undefined) throw new RangeError(`no subtree ${index} of height ${height}`)
      return hash
    },
  }
}

/** Logs of which the proofs of every size are taken; of larger ones those of the whole. */
const SMALL = 40

/** Every proof of a log. An earlier tree without leaves needs none. */
export function* proofsOf(log: Log): Generator<Proved> {
  const { subtree } = subtreesOf(log)
  const rootAt = Array.from({ length: log.size + 1 }, (_, size) => rootHash(size, subtree))
  for (let size = log.size <= SMALL ? 1 : log.size; size <= log.size; size++) {
    const root = rootAt[size] as Hash
    for (let at = 0; at < size; at++) {
      yield { kind: 'inclusion', size, root, at, hash: subtree(0, at), proof: inclusionProof(at, size, subtree) }
    }
    for (let at = 1; at <= size; at++) {
      const hash = rootAt[at] as Hash
      yield { kind: 'consistency', size, root, at, hash, proof: consistencyProof(at, size, subtree) }
    }
  }
}

/** The same bytes but one bit: the `bit`-th, counted round and round. */
export const withFlippedBit = (bytes: Uint8Array, bit: number): Buffer => {
  const at = Math.floor(bit / 8) % bytes.length
  const other = Buffer.from(bytes)
  other[at] = (other[at] as number) ^ (1 << (bit % 8))
  return other
}

/** The same with one bit of root, hash or proof flipped, counted so as well. */
export const flipped = (proved: Proved, bit: number): Proved => {
  const hashes = [proved.root, proved.hash, ...proved.proof]
  const which = Math.floor(bit / 256) % hashes.length
  const [root, hash, ...proof] = hashes.with(which, withFlippedBit(hashes[which] as Hash, bit)) as [
    Hash,
    Hash,
    ...Hash[],
  ]
  return { ...proved, root, hash, proof }
}
