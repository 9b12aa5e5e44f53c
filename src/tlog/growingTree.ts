import { EMPTY_ROOT, type Hash, nodeHash } from './hash.ts'

/** A tree that only grows, and of which only the root is asked: it keeps one hash for each complete subtree, a few dozen. */
export class GrowingTree {
  /** The roots of the complete subtrees from the largest, at the left, to the smallest. */
  readonly #roots: Hash[] = []
  #size = 0

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
