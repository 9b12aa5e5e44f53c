import { EMPTY_ROOT, type Hash, nodeHash } from './hash.ts'
import type { ReadSubtree } from './tree.ts'

/** A tree that only grows, and of which only the root is asked: it keeps one hash for each complete subtree, a few dozen. */
export class GrowingTree {
  /** The roots of the complete subtrees from the largest, at the left, to the smallest. */
  readonly #roots: Hash[] = []
  #size = 0

  /** One that goes on from the first `size` leaves of another tree. */
  static from(size: number, read: ReadSubtree): GrowingTree {
    const tree = new GrowingTree()
    for (let height = Math.floor(Math.log2(Math.max(size, 1))); height >= 0; height -= 1) {
      const width = 2 ** height
      if (Math.floor(size / width) % 2 === 0) continue
      tree.#roots.push(read(height, tree.#size / width))
      tree.#size += width
    }
    return tree
  }

  /** How many leaves it has. */
  get size(): number {
    return this.#size
  }

  add(leaf: Hash): void {
    let hash = leaf
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) hash = nodeHash(this.#roots.pop() as Hash, hash)
    this.#roots.push(hash)
    this.#size += 1
  }

  root(): Hash {
    const [smallest, ...larger] = this.#roots.toReversed()
    return smallest === undefined ? EMPTY_ROOT : larger.reduce((right, left) => nodeHash(left, right), smallest)
  }
}
