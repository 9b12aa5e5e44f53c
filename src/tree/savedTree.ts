import { TILE_WIDTH } from '../tlog/tile.ts'
import { rootHash } from '../tlog/tree.ts'
import { type CheckedTiles, hashesAt } from './checkedTiles.ts'
import { positionsFile, readBytes } from './files.ts'
import type { TilePositions } from './tilePositions.ts'
import { orDamaged, treeDamaged } from './treeDamaged.ts'
import type { TreeHead } from './treeHead.ts'

/** Throws where the partial tiles, which no tile is over, do not lead to the root that was saved. */
export const expectSound = ({ subtree }: Pick<CheckedTiles, 'subtree'>, { size, root }: TreeHead): void => {
  if (rootHash(size, subtree).toString('hex') !== root) throw treeDamaged('they do not lead to the root that was saved')
}

/** Adds those of the positions that were saved and are not known yet. */
export const readPositions = (directory: string, positions: TilePositions, head: TreeHead): void => {
  const file = positionsFile(directory)
  const read = () => readBytes(file, positions.bytes, head.positionBytes - positions.bytes)
  positions.addLines(orDamaged(file, read).toString('utf8'), head.positions)
}

/** Throws where a full tile that may have been lost with the power is not what was written. */
export const expectWhole = ({ tile }: Pick<CheckedTiles, 'tile'>, { size, durable }: TreeHead): void => {
  for (let level = 0; hashesAt(level, size) >= TILE_WIDTH; level++) {
    const full = Math.floor(hashesAt(level, size) / TILE_WIDTH)
    for (let n = Math.floor(hashesAt(level, durable) / TILE_WIDTH); n < full; n++) tile(level, n)
  }
}
