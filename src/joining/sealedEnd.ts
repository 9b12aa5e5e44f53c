import { witnessKnows } from '../attestation/witnessKnows.ts'
import type { SealingConfig } from '../config/config.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { isStoreDamaged, isStoreUnreachable } from '../eventStore/readFailure.ts'
import { readSealKey } from '../evidence/sealKey.ts'
import { type LogIdentity, originOf } from '../ledger/logIdentity.ts'
import { contradictedBy } from '../sealing/doubts.ts'
import { countLeaves, growTree } from '../sealing/growTree.ts'
import { keptCheckpoint, keptUntrusted, treeDirectory } from '../sealing/kept.ts'
import { lookAtSeals } from '../sealing/lookAtSeals.ts'
import type { Signer } from '../tlog/sign.ts'
import { openTree } from '../tree/openTree.ts'
import { isTreeDamaged } from '../tree/treeDamaged.ts'

/** So many events of the log were sealed, as somebody remembers it. */
export interface Remembered {
  readonly size: number
  /** Of which users were erased by then: so many. */
  readonly erased: number
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
const rememberedBy = (dataDir: string, identity: LogIdentity): readonly Remembered[] => {
  const kept = keptCheckpoint(dataDir)
  return kept === null || kept.origin !== originOf(identity)
    ? []
    : [{ size: kept.size, erased: kept.erased ?? 0, by: `the last checkpoint, which ${dataDir} keeps` }]
}

/** A key that is damaged asks nobody, and keeps nothing from starting: who seals says what is wrong with it. */
const signersOf = (keyFile: string, origin: string): readonly Signer[] => {
  try {
    return readSealKey(keyFile, origin)
  } catch {
    return []
  }
}

/** What the witnesses that can be reached remember, as far as they show it signed by log and witness. */
const rememberedByWitnesses = async (
  { witnesses, keyFile }: SealingConfig,
  identity: LogIdentity,
): Promise<readonly Remembered[]> => {
  const origin = originOf(identity)
  const signers = signersOf(keyFile, origin)
  if (signers.length === 0) return []
  const asking = { origin, signers, at: Math.floor(Date.now() / 1000) }
  const known = await Promise.all(witnesses.map((witness) => witnessKnows(witness, asking)))
  return known.flatMap((knows, index) =>
    knows._tag === 'Knows' && knows.shown !== null
      ? [
          {
            size: knows.shown.checkpoint.size,
            erased: knows.shown.checkpoint.erased ?? 0,
            by: `the witness ${witnesses[index]?.name}`,
          },
        ]
      : [],
  )
}

/** All that is remembered of the seals of this log, here and elsewhere. */
export const remembered = async (
  dataDir: string,
  sealing: SealingConfig,
  identity: LogIdentity,
): Promise<readonly Remembered[]> => [
  ...rememberedBy(dataDir, identity),
  ...(await rememberedByWitnesses(sealing, identity)),
]

/** How many leaves the log has, `enough` at least where the tree has as many. The tree is brought up to its end only otherwise. */
const leavesOf = async (store: EventStore, dataDir: string, identity: LogIdentity, enough: number): Promise<number> => {
  const tree = openTree(treeDirectory(dataDir), identity)
  try {
    const last = tree.last()
    const isOfLog = last !== null && (await store.idAt(last.position)) === last.eventId
    if (!isOfLog || tree.size() < enough) {
      await growTree(store, tree)
      tree.save()
    }
    return tree.size()
  } finally {
    tree.close()
  }
}

/**
 * Whether the log ends before a checkpoint of it that somebody remembers; `null` where it does not, and where it cannot be
 * told, since the log is damaged. A tree whose files cannot be written keeps nothing from starting: leaves are counted then.
 */
export const endsBeforeSeal = async (
  store: EventStore,
  dataDir: string,
  identity: LogIdentity,
  all: readonly Remembered[],
): Promise<SealedAndLost | null> => {
  const [largest] = all.toSorted((a, b) => b.size - a.size)
  if (largest === undefined || largest.size === 0) return null
  try {
    const size = await leavesOf(store, dataDir, identity, largest.size).catch((error: unknown) => {
      if (isStoreDamaged(error) || isStoreUnreachable(error)) throw error
      return countLeaves(store)
    })
    return size < largest.size ? { remembered: largest, size } : null
  } catch (error) {
    if (isStoreDamaged(error)) return null
    throw error
  }
}

/** Whether seals in the log, the one that the directory keeps or a witness is of another log than it is. The tree is brought up to its end. */
export const isNotAsSealed = async (store: EventStore, dataDir: string, identity: LogIdentity): Promise<boolean> => {
  const tree = openTree(treeDirectory(dataDir), identity)
  const look = async (): Promise<boolean> => {
    await growTree(store, tree)
    tree.save()
    const judging = { origin: originOf(identity), keys: [], tree }
    const kept = keptUntrusted(dataDir)
    const isOfAnother = kept?.origin === judging.origin && kept.witnesses.length > 0
    return isOfAnother || contradictedBy(await lookAtSeals(store, judging), judging, dataDir) !== null
  }
  try {
    return await look().catch((error: unknown) => {
      if (!isTreeDamaged(error)) throw error
      tree.clear()
      return look()
    })
  } catch (error) {
    if (isStoreDamaged(error)) return false
    throw error
  } finally {
    tree.close()
  }
}
