import { LRUCache } from 'lru-cache'
import type { Hash } from '../tlog/hash.ts'
import { TILE_HEIGHT, TILE_WIDTH, type Tile, tilePath } from '../tlog/tile.ts'
import type { ReadSubtree } from '../tlog/tree.ts'
import { ExpandedTile } from './expandedTile.ts'
import { treeDamaged } from './treeDamaged.ts'

/** How many hashes the tiles of a level have in a tree of `size` leaves. */
export const hashesAt = (level: number, size: number): number => Math.floor(size / TILE_WIDTH ** level)

/** The tiles of a tree, read and checked. */
export interface CheckedTiles {
  /** One that the tree has, as far as it has it. Throws where it does not fit to the hash in the tile over it. */
  readonly expanded: (level: number, n: number) => ExpandedTile
  readonly subtree: ReadSubtree
  /** The hashes of a tile; `null` where the tree is not that large. */
  readonly hashesOf: (tile: Tile) => Buffer | null
  /** Forgets what was read: another tree lies there now. */
  readonly forget: () => void
}

/** Full tiles that are kept, 16 KiB each: those of the higher levels are in every proof. */
const KEPT_TILES = 512

/**
 * Reads tiles by `read`, which must give all that were asked for, of a tree that has `size()` leaves. Each full tile is held
 * against the hash that the tile over it has of it, up to the partial tiles at the right edge, of which whoever gives them has
 * to know that they are sound.
 */
export const checkedTiles = (size: () => number, read: (tile: Tile) => Uint8Array): CheckedTiles => {
  const full = new LRUCache<string, ExpandedTile>({ max: KEPT_TILES })
  /** The partial tile of each level, of which there is one at most. */
  const edge = new Map<number, { readonly n: number; readonly tile: ExpandedTile }>()

  const partial = (level: number, n: number, width: number): ExpandedTile => {
    const known = edge.get(level)
    if (known?.n === n && known.tile.width === width) return known.tile
    const tile = new ExpandedTile(read({ level, n, width }))
    edge.set(level, { n, tile })
    return tile
  }

  const expanded = (level: number, n: number): ExpandedTile => {
    const width = hashesAt(level, size()) - n * TILE_WIDTH
    if (width < TILE_WIDTH) return partial(level, n, width)
    const key = `${level} ${n}`
    const known = full.get(key)
    if (known !== undefined) return known
    const tile = new ExpandedTile(read({ level, n, width: TILE_WIDTH }))
    const over = expanded(level + 1, Math.floor(n / TILE_WIDTH)).node(0, n % TILE_WIDTH)
    if (!tile.node(TILE_HEIGHT, 0).equals(over)) {
      throw treeDamaged(`tile ${tilePath({ level, n, width: TILE_WIDTH })} is not the one that the tile over it has`)
    }
    full.set(key, tile)
    return tile
  }

  const subtree = (height: number, index: number): Hash => {
    const level = Math.floor(height / TILE_HEIGHT)
    const spans = 2 ** (height % TILE_HEIGHT)
    const first = index * spans
    if (first + spans > hashesAt(level, size())) {
      throw new RangeError(`a tree of ${size()} leaves has no subtree ${index} of height ${height}`)
    }
    return expanded(level, Math.floor(first / TILE_WIDTH)).node(height % TILE_HEIGHT, (first % TILE_WIDTH) / spans)
  }

  return {
    expanded,
    subtree,
    hashesOf: ({ level, n, width }) =>
      n * TILE_WIDTH + width > hashesAt(level, size()) ? null : expanded(level, n).hashes(width),
    forget: () => {
      full.clear()
      edge.clear()
    },
  }
}
