import { HASH_BYTES, type Hash } from '../tlog/hash.ts'
import { TILE_HEIGHT, TILE_WIDTH } from '../tlog/tile.ts'
import { ExpandedHashes } from './expandedHashes.ts'

/** Takes a tile that has become full, the `n`-th of its level. */
type OnFull = (level: number, n: number, hashes: Buffer) => void

/** The partial tile of each level: all of a tree that still grows. 8 KiB a level. */
export class RightEdge {
  readonly #onFull: OnFull
  readonly #tiles: Buffer[] = []
  /** Hashes of each level, in its full tiles as well. */
  readonly #counts: number[] = []
  readonly #full = new ExpandedHashes(Buffer.alloc(TILE_WIDTH * HASH_BYTES))

  constructor(onFull: OnFull) {
    this.#onFull = onFull
  }

  get levels(): number {
    return this.#tiles.length
  }

  /** How many hashes a level has, in its full tiles as well. */
  count(level: number): number {
    return this.#counts[level] ?? 0
  }

  /** The hashes of the partial tile of a level; they stay those of that tile only until the next `add`. */
  hashes(level: number): Buffer {
    const tile = this.#tiles[level] ?? Buffer.alloc(0)
    return tile.subarray(0, (this.count(level) % TILE_WIDTH) * HASH_BYTES)
  }

  /** Adds a hash to a level, and that of a tile that it fills to the level over it. */
  add(level: number, hash: Hash): void {
    const tile = this.#tiles[level] ?? this.#begin(level, 0)
    const count = this.count(level)
    tile.set(hash, (count % TILE_WIDTH) * HASH_BYTES)
    this.#counts[level] = count + 1
    if ((count + 1) % TILE_WIDTH !== 0) return
    this.#onFull(level, Math.floor(count / TILE_WIDTH), tile)
    this.#full.expand(tile)
    this.add(level + 1, this.#full.node(TILE_HEIGHT, 0))
  }

  /** Goes on with what was saved: so many hashes of a level, those of its partial tile given. Levels from 0 on. */
  resume(level: number, count: number, hashes: Uint8Array): void {
    this.#begin(level, count).set(hashes)
  }

  clear(): void {
    this.#tiles.length = 0
    this.#counts.length = 0
  }

  #begin(level: number, count: number): Buffer {
    const tile = Buffer.alloc(TILE_WIDTH * HASH_BYTES)
    this.#tiles[level] = tile
    this.#counts[level] = count
    return tile
  }
}
