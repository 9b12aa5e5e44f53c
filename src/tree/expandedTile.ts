import { HASH_BYTES, type Hash, nodeHashAt } from '../tlog/hash.ts'
import { TILE_HEIGHT, TILE_WIDTH } from '../tlog/tile.ts'

/** How many hashes the levels below `height` of a full tile have. */
const below = (height: number): number => 2 * TILE_WIDTH - 2 ** (TILE_HEIGHT + 1 - height)

/** Level by level, each where it is in a full tile. */
const NODES = below(TILE_HEIGHT) + 1

/** A tile with the hashes of all complete subtrees over its own, worked out: 16 KiB. */
export class ExpandedTile {
  readonly width: number
  readonly #nodes: Buffer

  /** `hashes`: of a tile, 1 to 256 of 32 bytes, one after the other. */
  constructor(hashes: Uint8Array) {
    this.width = hashes.length / HASH_BYTES
    this.#nodes = Buffer.allocUnsafeSlow(NODES * HASH_BYTES)
    this.#nodes.set(hashes)
    for (let height = 1, width = this.width >> 1; width > 0; height++, width >>= 1) {
      const [from, to] = [below(height - 1), below(height)]
      for (let n = 0; n < width; n++) nodeHashAt(this.#nodes, from + 2 * n, to + n)
    }
  }

  /** The hash of its `n`-th subtree of 2 ** `height` of its hashes, which it must have. */
  node(height: number, n: number): Hash {
    const at = (below(height) + n) * HASH_BYTES
    return this.#nodes.subarray(at, at + HASH_BYTES)
  }

  /** Its hashes, or the first `width` of them. */
  hashes(width = this.width): Buffer {
    return this.#nodes.subarray(0, width * HASH_BYTES)
  }
}
