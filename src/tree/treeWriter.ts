import type { Place } from '../ledger/place.ts'
import type { Hash } from '../tlog/hash.ts'
import type { TreeReader } from './treeReader.ts'

/**
 * The tree over a log, which grows. Readers of its files see what was saved. What throws otherwise than for damage (no space on
 * the disk) leaves it of no use: what was saved is there when it is opened again.
 */
export interface TreeWriter extends TreeReader {
  /** What was there when it was opened; it began empty unless that was `saved`. */
  readonly found: 'saved' | 'none' | 'of another log' | 'damaged'
  /** How many leaves it has, those that are not saved included, like all that follows. */
  readonly size: () => number
  /** The event of its last leaf, where the log is to be read on from; `null` while it is empty. */
  readonly last: () => Place | null
  /** Adds the leaf of the next event. Cheap: one in 256 writes a file, none waits for the disk. */
  readonly add: (leaf: Hash, place: Place) => void
  /** The root over its first leaves. Throws a `RangeError` where it has not as many. */
  readonly rootAt: (size: number) => Hash
  /** Durable when it returns. A crash leaves either this or what was saved before. */
  readonly save: () => void
  /** Throws all of it away, on disk as well, and begins empty. */
  readonly clear: () => void
  /** What was not saved is lost. */
  readonly close: () => void
}
