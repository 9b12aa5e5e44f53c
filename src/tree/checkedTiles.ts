import { LRUCache } from 'lru-cache'
import { HASH_BYTES, type Hash } from '../tlog/hash.ts'
import { TILE_HEIGHT, TILE_WIDTH, type Tile, tilePath } from '../tlog/tile.ts'
import type { ReadSubtree } from '../tlog/tree.ts'
import { type CheckedTile, compactTile, expandedTile } from './checkedTile.ts'
import { ExpandedHashes } from './expandedHashes.ts'
import { treeDamaged } from './treeDamaged.ts'

/** How many hashes the tiles of a level have in a tree of `size` leaves. */
export const hashesAt = (level: number, size: number): number => Math.floor(size / TILE_WIDTH ** level)

/** The tiles of a tree, read and checked. */
export interface CheckedTiles {
  /** One that the tree has, as far as it has it. Throws where it does not fit to the hash in the tile over it. */
  readonly tile: (level: number, n: number) => CheckedTile
  readonly subtree: ReadSubtree
  /** The hashes of a tile; `null` where the tree is not that large. */
  readonly hashesOf: (tile: Tile) => Buffer | null
  /** Forgets what was read: another tree lies there now. */
  readonly forget: () => void
}

/** Tiles of leaves that are kept, 2 KiB each: as many as a million leaves have. */
const KEPT_TILES = 4096
/** Tiles of the levels over them, 16 KiB each: those of 16 million leaves. They are in every proof. */
const KEPT_HIGHER_TILES = 256

/**
 * Reads tiles by `read`, which must give all that were asked for, of a tree that has `size()` leaves. Each full tile is held
 * against the hash that the tile over it has of it, up to the partial tiles at the right edge, of which whoever gives them has
 * to know that they are sound.
 */
export const checkedTiles = (size: () => number, read: (tile: Tile) => Buffer): CheckedTiles => {
  const leaves = new LRUCache<number, CheckedTile>({ max: KEPT_TILES })
  const higher = new LRUCache<string, CheckedTile>({ max: KEPT_HIGHER_TILES })
  /** The partial tile of each level, of which there is one at most. */
  const edge = new Map<number, { readonly n: number; readonly width: number; readonly tile: CheckedTile }>()

  const partial = (level: number, n: number, width: number): CheckedTile => {
    const known = edge.get(level)
    if (known?.n === n && known.width === width) return known.tile
    const tile = expandedTile(new ExpandedHashes(read({ level, n, width })))
    edge.set(level, { n, width, tile })
    return tile
  }

  const full = (level: number, n: number): CheckedTile => {
    const which = { level, n, width: TILE_WIDTH }
    const expectSame = (isSame: boolean): void => {
      if (!isSame) throw treeDamaged(`tile ${tilePath(which)} is not the one that the tile over it has`)
    }
    const expanded = new ExpandedHashes(read(which))
    const over = tile(level + 1, Math.floor(n / TILE_WIDTH)).node(0, n % TILE_WIDTH)
    expectSame(expanded.node(TILE_HEIGHT, 0).equals(over))
    return level === 0 ? compactTile(expanded, () => read(which), expectSame) : expandedTile(expanded)
  }

  const tile = (level: number, n: number): CheckedTile => {
    const width = hashesAt(level, size()) - n * TILE_WIDTH
    if (width < TILE_WIDTH) return partial(level, n, width)
    const key = `${level} ${n}`
    const known = level === 0 ? leaves.get(n) : higher.get(key)
    if (known !== undefined) return known
    const checked = full(level, n)
    if (level === 0) leaves.set(n, checked)
    else higher.set(key, checked)
    return checked
  }

  const subtree = (height: number, index: number): Hash => {
    const level = Math.floor(height / TILE_HEIGHT)
    const spans = 2 ** (height % TILE_HEIGHT)
    const first = index * spans
    if (first + spans > hashesAt(level, size())) {
      throw new RangeError(`a tree of ${size()} leaves has no subtree ${index} of height ${height}`)
    }
    return tile(level, Math.floor(first / TILE_WIDTH)).node(height % TILE_HEIGHT, (first % TILE_WIDTH) / spans)
  }

  return {
    tile,
    subtree,
    hashesOf: ({ level, n, width }) =>
      n * TILE_WIDTH + width > hashesAt(level, size())
        ? null
        : tile(level, n)
            .hashes()
            .subarray(0, width * HASH_BYTES),
    forget: () => {
      leaves.clear()
      higher.clear()
      edge.clear()
    },
  }
}
