import { HASH_BYTES, type Hash, nodeHashAt } from '../tlog/hash.ts'
import { TILE_HEIGHT } from '../tlog/tile.ts'

/** A row of hashes, and those of all complete subtrees over them, worked out: of a full tile 16 KiB. */
export class ExpandedHashes {
  /** How many hashes are in the row. */
  readonly width: number
  readonly #nodes: Buffer
  readonly #height: number

  /** `hashes`: one to 2 ** `height` of 32 bytes, one after the other. */
  constructor(hashes: Uint8Array, height: number = TILE_HEIGHT) {
    this.#height = height
    this.#nodes = Buffer.allocUnsafeSlow((2 ** (height + 1) - 1) * HASH_BYTES)
    this.width = hashes.length / HASH_BYTES
    this.expand(hashes)
  }

  /** Takes another row of the same width: what was given of this one is that of the other now. */
  expand(hashes: Uint8Array): void {
    this.#nodes.set(hashes)
    for (let height = 1, width = this.width >> 1; width > 0; height++, width >>= 1) {
      const [from, to] = [this.#below(height - 1), this.#below(height)]
      for (let n = 0; n < width; n++) nodeHashAt(this.#nodes, from + 2 * n, to + n)
    }
  }

  /** The hash of the `n`-th subtree over 2 ** `height` of them, which there must be. */
  node(height: number, n: number): Hash {
    return this.#row(height, n, 1)
  }

  /** The hashes of all subtrees of that height; of height 0 they are those of the row. */
  row(height: number): Buffer {
    return this.#row(height, 0, this.width >> height)
  }

  #row(height: number, n: number, count: number): Buffer {
    const at = (this.#below(height) + n) * HASH_BYTES
    return this.#nodes.subarray(at, at + count * HASH_BYTES)
  }

  /** How many hashes lie before those of a height. */
  #below(height: number): number {
    return 2 ** (this.#height + 1) - 2 ** (this.#height + 1 - height)
  }
}
