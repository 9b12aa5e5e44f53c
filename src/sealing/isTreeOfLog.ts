import { setTimeout as delay } from 'node:timers/promises'
import type { EventStore } from '../eventStore/eventStore.ts'
import { leavesAt, toldOfErased } from '../evidence/leaves.ts'
import { Erased } from '../ledger/erased.ts'
import { GrowingTree } from '../tlog/growingTree.ts'
import type { TreeWriter } from '../tree/treeWriter.ts'
import { expectWhole } from './growTree.ts'

/** Others have their turn after each batch: nobody waits for this. */
const PAUSE_MS = 2

/**
 * Whether the tree that was kept, as far as `size` leaves, is still that of the log: what is altered, taken out or put in among
 * old events is not looked at again by anything else. Erased ones count by their records. Goes through the log once; `true` where it is broken off.
 */
export const isTreeOfLog = async (
  store: EventStore,
  tree: Pick<TreeWriter, 'rootAt'>,
  size: number,
  signal: AbortSignal,
): Promise<boolean> => {
  const made = new GrowingTree()
  const erased = new Erased()
  for await (const events of toldOfErased(store, erased, null, (streams) => expectWhole(store, streams))) {
    for (const event of events) {
      for (const { leaf } of leavesAt(event, erased, made.size)) if (made.size < size) made.add(leaf)
      if (made.size === size) break
    }
    if (signal.aborted) return true
    if (made.size === size) return made.root().equals(tree.rootAt(size))
    await delay(PAUSE_MS)
  }
  return size === 0
}
