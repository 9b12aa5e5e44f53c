import type { EventStore } from '../../eventStore/eventStore.ts'
import type { Position } from '../../eventStore/recordedEvent.ts'
import { leavesAt, toldOfErased } from '../../evidence/leaves.ts'
import { Erased } from '../../ledger/erased.ts'
import type { LogIdentity } from '../../ledger/logIdentity.ts'
import { expectWhole } from '../../sealing/growTree.ts'
import { treeDirectory } from '../../sealing/kept.ts'
import { GrowingTree } from '../../tlog/growingTree.ts'
import type { Hash } from '../../tlog/hash.ts'
import { rootHash } from '../../tlog/tree.ts'
import { openTreeReader } from '../../tree/openTreeReader.ts'
import { isTreeDamaged } from '../../tree/treeDamaged.ts'
import { isOf, readHead } from '../../tree/treeHead.ts'

/** What is known of the tree of a log from its files: a tree to go on with, and the place of its last leaf. */
interface Begun {
  readonly tree: GrowingTree
  readonly after: Position | null
}

/** The root over the first `size` leaves as the files of the tree have it, or as far as they go. */
const fromFiles = (dataDir: string, identity: LogIdentity, size: number): Hash | Begun => {
  const nothing = { tree: new GrowingTree(), after: null }
  try {
    const head = readHead(treeDirectory(dataDir))
    if (typeof head === 'string' || !isOf(head, identity)) return nothing
    const { subtree } = openTreeReader(treeDirectory(dataDir), identity)
    if (head.size >= size) return rootHash(size, subtree)
    return { tree: GrowingTree.from(head.size, subtree), after: head.last.position }
  } catch (error) {
    // What is damaged in it the service makes anew; so is here what may have been begun anew under the eyes of this.
    if (isTreeDamaged(error) || error instanceof RangeError) return nothing
    throw error
  }
}

/**
 * The root of the tree over the first `size` leaves of the running log: from the files of the tree that its service keeps, and what they do not
 * hold yet, or hold no more, from the log. `null` where the log has not so many.
 */
export const rootOfLog = async (
  store: EventStore,
  dataDir: string,
  identity: LogIdentity,
  size: number,
): Promise<Hash | null> => {
  const begun = fromFiles(dataDir, identity, size)
  if (!('tree' in begun)) return begun
  const { tree, after } = begun
  if (tree.size === size) return tree.root()
  const erased = new Erased()
  for await (const events of toldOfErased(store, erased, after, (streams) => expectWhole(store, streams))) {
    for (const event of events) {
      for (const { leaf } of leavesAt(event, erased, tree.size)) {
        tree.add(leaf)
        if (tree.size === size) return tree.root()
      }
    }
  }
  return null
}
