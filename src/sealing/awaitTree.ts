import { setTimeout as delay } from 'node:timers/promises'
import type { Position } from '../eventStore/recordedEvent.ts'
import { isTreeDamaged } from '../tree/treeDamaged.ts'
import type { TreeReader } from '../tree/treeReader.ts'

const LOOK_EVERY_MS = 20
/** A thread that was started again was not asked. */
const ASK_EVERY_MS = 1000

/** One that is damaged is made anew. */
const reaches = (tree: Pick<TreeReader, 'reaches'>, position: Position): boolean => {
  try {
    return tree.reaches(position)
  } catch (error) {
    if (isTreeDamaged(error)) return false
    throw error
  }
}

/**
 * Waits until the tree, as it lies on the disk, has come to a position of the log; `ask` has whoever keeps it save it soon. `false`
 * where that takes longer than `withinMs`, or `signal` aborts.
 */
export const awaitTree = async (
  tree: Pick<TreeReader, 'reaches'>,
  ask: () => void,
  position: Position,
  withinMs: number,
  signal: AbortSignal,
): Promise<boolean> => {
  const until = performance.now() + withinMs
  for (let askedAt = Number.NEGATIVE_INFINITY; !reaches(tree, position); ) {
    const now = performance.now()
    if (now >= until || signal.aborted) return false
    if (now - askedAt >= ASK_EVERY_MS) {
      ask()
      askedAt = now
    }
    await delay(LOOK_EVERY_MS)
  }
  return true
}
