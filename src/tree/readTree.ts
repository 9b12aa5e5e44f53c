import type { Position } from '../eventStore/recordedEvent.ts'
import type { Place } from '../ledger/place.ts'
import type { Hash } from '../tlog/hash.ts'
import { TILE_WIDTH } from '../tlog/tile.ts'
import type { CheckedTiles } from './checkedTiles.ts'
import type { TilePositions } from './tilePositions.ts'
import type { TreeReader } from './treeReader.ts'

/** A tree, on disk or in parts in memory. */
export interface Tree {
  readonly tiles: CheckedTiles
  readonly positions: TilePositions
  readonly last: Place | null
}

const reaches = ({ last }: Tree, position: Position): boolean => last !== null && position <= last.position

const indexOf = (tree: Tree, position: Position, leaf: Hash): number | null => {
  const n = reaches(tree, position) ? tree.positions.tileOf(position) : -1
  if (n === -1) return null
  const index = tree.tiles.tile(0, n).find(leaf)
  return index === -1 ? null : n * TILE_WIDTH + index
}

/** What is read of a tree, which `reading` gives as it stands. Each throws where its files are damaged (`isTreeDamaged`). */
export const readTree = (reading: <A>(read: (tree: Tree) => A) => A): TreeReader => ({
  subtree: (height, index) => reading(({ tiles }) => tiles.subtree(height, index)),
  tile: (tile) => reading(({ tiles }) => tiles.hashesOf(tile)),
  indexOf: (position, leaf) => reading((tree) => indexOf(tree, position, leaf)),
  reaches: (position) => reading((tree) => reaches(tree, position)),
})
