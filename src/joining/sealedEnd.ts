import type { EventStore } from '../eventStore/eventStore.ts'
import { isStoreDamaged } from '../eventStore/readFailure.ts'
import { type LogIdentity, originOf } from '../ledger/logIdentity.ts'
import { growTree } from '../sealing/growTree.ts'
import { keptCheckpoint, treeDirectory } from '../sealing/kept.ts'
import { lookAtSeals } from '../sealing/lookAtSeals.ts'
import { openTree } from '../tree/openTree.ts'

/** So many events of the log were sealed, as somebody remembers it. */
export interface Remembered {
  readonly size: number
  /** For a person: `the checkpoint that data keeps`. */
  readonly by: string
}

/** A log that ends before a checkpoint of it. */
export interface SealedAndLost {
  readonly remembered: Remembered
  /** So many it holds. */
  readonly size: number
}

/** What the data directory remembers of the seals of this log. */
export const rememberedBy = (dataDir: string, identity: LogIdentity): readonly Remembered[] => {
  const kept = keptCheckpoint(dataDir)
  return kept === null || kept.origin !== originOf(identity)
    ? []
    : [{ size: kept.size, by: `the last checkpoint, which ${dataDir} keeps` }]
}

/**
 * Whether the log ends before a checkpoint of it that somebody remembers; `null` where it does not, and where it cannot be
 * told, since the log is damaged. The tree is brought up to the end of the log only where it does not go that far.
 */
export const endsBeforeSeal = async (
  store: EventStore,
  dataDir: string,
  identity: LogIdentity,
  all: readonly Remembered[],
): Promise<SealedAndLost | null> => {
  const [remembered] = all.toSorted((a, b) => b.size - a.size)
  if (remembered === undefined || remembered.size === 0) return null
  const tree = openTree(treeDirectory(dataDir), identity)
  try {
    const last = tree.last()
    const isOfLog = last !== null && (await store.idAt(last.position)) === last.eventId
    if (!isOfLog || tree.size() < remembered.size) {
      await growTree(store, tree)
      tree.save()
    }
    return tree.size() < remembered.size ? { remembered, size: tree.size() } : null
  } catch (error) {
    if (isStoreDamaged(error)) return null
    throw error
  } finally {
    tree.close()
  }
}

/** Whether the seals in the log are of another log than it is. The tree is brought up to its end. */
export const isNotAsSealed = async (store: EventStore, dataDir: string, identity: LogIdentity): Promise<boolean> => {
  const tree = openTree(treeDirectory(dataDir), identity)
  try {
    await growTree(store, tree)
    tree.save()
    const { contradicted } = await lookAtSeals(store, { origin: originOf(identity), keys: [], tree })
    return contradicted !== null
  } catch (error) {
    if (isStoreDamaged(error)) return false
    throw error
  } finally {
    tree.close()
  }
}
