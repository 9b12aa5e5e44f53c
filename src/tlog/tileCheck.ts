import { HASH_BYTES, type Hash, nodeHash } from './hash.ts'
import { TILE_HEIGHT, TILE_WIDTH, type Tile } from './tile.ts'
import { type ReadSubtree, rootHash } from './tree.ts'

/** Which leaves a tile spans: from the first up to, and without, the last; as much of it as there is. */
const spanOf = ({ level, n, width }: Tile): readonly [from: number, to: number] => {
  const leaves = 2 ** (TILE_HEIGHT * level)
  return [n * TILE_WIDTH * leaves, (n * TILE_WIDTH + width) * leaves]
}

/** Whether a tree of that size has the whole of a tile. */
export const hasTile = (size: number, tile: Tile): boolean => spanOf(tile)[1] <= size

/**
 * Whether `hashes` are those of a tile of the tree with this root. `read` gives what lies beside the tile, and is believed no
 * more than they are: all of it together has to make the root. `tile` is one that the tree has.
 */
export const isTileOf = (
  tile: Tile,
  hashes: Buffer,
  { size, root }: { readonly size: number; readonly root: Hash },
  read: ReadSubtree,
): boolean => {
  if (hashes.length !== tile.width * HASH_BYTES) return false
  const [from, to] = spanOf(tile)
  const lowest = TILE_HEIGHT * tile.level
  const through: ReadSubtree = (height, index) => {
    const leaves = 2 ** height
    const first = index * leaves
    if (first + leaves <= from || first >= to) return read(height, index)
    if (height > lowest) return nodeHash(through(height - 1, 2 * index), through(height - 1, 2 * index + 1))
    const at = (index - tile.n * TILE_WIDTH) * HASH_BYTES
    return hashes.subarray(at, at + HASH_BYTES)
  }
  return rootHash(size, through).equals(root)
}
