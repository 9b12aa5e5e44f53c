import * as E from 'fp-ts/lib/Either.js'
import type { EventStore } from '../../eventStore/eventStore.ts'
import type { EventStoreConfig } from '../../eventStore/eventStoreConfig.ts'
import { openEventStore } from '../../eventStore/openEventStore.ts'
import type { LogIdentity } from '../../ledger/logIdentity.ts'
import { heldAgainstTree } from '../../sealing/heldAgainstTree.ts'
import { openTreeReader } from '../../tree/openTreeReader.ts'
import { tellingDamage } from '../../tree/tellingDamage.ts'

/** The log that is projected. */
export interface ProjectedLog {
  readonly eventStore: EventStoreConfig
  /** Which log it is that the event store holds. */
  readonly identity: LogIdentity
  /** Where the tree over the log lies; `null` where none is kept. */
  readonly tree: string | null
}

/** Opens the log as the projection reads it, for the thread that asks. `damaged` is told of a tree that cannot be read. Throws where the log cannot be opened. */
export const openProjectedLog = async (
  { eventStore, identity, tree }: ProjectedLog,
  damaged: () => void = () => undefined,
): Promise<{ readonly store: EventStore; readonly close: () => Promise<void> }> => {
  const opened = await openEventStore(eventStore, { readOnly: true })()
  if (E.isLeft(opened)) throw new Error(opened.left.reason)
  const store =
    tree === null ? opened.right : heldAgainstTree(opened.right, tellingDamage(openTreeReader(tree, identity), damaged))
  return { store, close: opened.right.close }
}
