import { setTimeout as delay } from 'node:timers/promises'
import type { EventStore } from '../eventStore/eventStore.ts'
import { leafOf } from '../evidence/record.ts'
import { GrowingTree } from '../tlog/growingTree.ts'
import type { TreeWriter } from '../tree/treeWriter.ts'
import { expectWhole, isLeaf } from './growTree.ts'

/** Others have their turn after each batch: nobody waits for this. */
const PAUSE_MS = 2

/**
 * Whether the tree that was kept, as far as `size` leaves, is still that of the log: what is altered, taken out or put in among
 * old events is not looked at again by anything else. Goes through the log once; `true` where it is broken off.
 */
export const isTreeOfLog = async (
  store: EventStore,
  tree: Pick<TreeWriter, 'rootAt'>,
  size: number,
  signal: AbortSignal,
): Promise<boolean> => {
  const made = new GrowingTree()
  for await (const events of store.readAll(null, (streams) => expectWhole(store, streams))) {
    for (const event of events) {
      if (made.size === size) break
      if (isLeaf(event)) made.add(leafOf(event))
    }
    if (signal.aborted) return true
    if (made.size === size) return made.root().equals(tree.rootAt(size))
    await delay(PAUSE_MS)
  }
  return size === 0
}
