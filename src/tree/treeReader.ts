import type { Position } from '../eventStore/recordedEvent.ts'
import type { Hash } from '../tlog/hash.ts'
import type { Tile } from '../tlog/tile.ts'
import type { ReadSubtree } from '../tlog/tree.ts'

/** The tree over the log as it stands on disk. What is read of it may be damaged: whoever hands it on checks it against a root. */
export interface TreeReader {
  /** Throws where the tree does not hold it. */
  readonly subtree: ReadSubtree
  /** The hashes of a tile, one after the other; `null` where the tree is not that large. */
  readonly tile: (tile: Tile) => Buffer | null
  /** The index of the leaf of the event at a position; `null` where the tree does not hold that leaf there. */
  readonly indexOf: (position: Position, leaf: Hash) => number | null
  /** Whether it has come to the event at that position. */
  readonly reaches: (position: Position) => boolean
}
