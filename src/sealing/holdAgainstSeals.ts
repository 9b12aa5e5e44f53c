import * as E from 'fp-ts/lib/Either.js'
import type { EventStore } from '../eventStore/eventStore.ts'
import { leavesAt, toldOfErased } from '../evidence/leaves.ts'
import { Erased } from '../ledger/erased.ts'
import { type LogIdentity, originOf } from '../ledger/logIdentity.ts'
import { readSeal } from '../ledger/seals.ts'
import { SEALS } from '../ledger/streams.ts'
import { type Checkpoint, checkpointIn } from '../tlog/checkpoint.ts'
import { GrowingTree } from '../tlog/growingTree.ts'
import type { Hash } from '../tlog/hash.ts'
import { keptCheckpoint, keptUntrusted } from './kept.ts'

/**
 * Goes through a whole log and holds it against its seals, and the newest one that the directory keeps. Gives, for a person, the
 * first that it is not the log of; `null` where it is that of all. Whose signatures they bear is not looked at.
 */
export const holdAgainstSeals = async (
  store: EventStore,
  dataDir: string,
  identity: LogIdentity,
): Promise<string | null> => {
  const known = keptUntrusted(dataDir)
  const [witness] = known?.origin === originOf(identity) ? known.witnesses : []
  if (witness !== undefined) return witness.what
  const seals: Checkpoint[] = []
  for await (const event of store.readStream(SEALS)) {
    const seal = readSeal(event)
    const checkpoint = seal?._tag === 'Checkpoint' ? checkpointIn(seal.note) : null
    if (checkpoint !== null && E.isRight(checkpoint)) seals.push(checkpoint.right)
  }
  const kept = keptCheckpoint(dataDir)
  if (kept !== null) seals.push(kept)
  const own = seals.filter(({ origin }) => origin === originOf(identity)).sort((a, b) => a.size - b.size)
  const wanted = new Set(own.map(({ size }) => size))
  if (wanted.size === 0) return null
  const roots = new Map<number, Hash>()
  const tree = new GrowingTree()
  const erased = new Erased()
  for await (const events of toldOfErased(store, erased, null, () => undefined)) {
    for (const event of events) {
      for (const { leaf } of leavesAt(event, erased, tree.size)) {
        tree.add(leaf)
        if (wanted.has(tree.size)) roots.set(tree.size, tree.root())
      }
    }
  }
  const other = own.findIndex(({ size, root }) => roots.get(size)?.equals(root) !== true)
  const first = own[other]
  if (first === undefined) return null
  const before = own.slice(0, other).findLast(({ size }) => size < first.size)?.size ?? 0
  return first.size > tree.size
    ? `${first.size} events were sealed, and the log holds ${tree.size}`
    : `the first ${first.size} events are not those that were sealed; the first ${before} are`
}
