import type { EventStore } from '../eventStore/eventStore.ts'
import { storeDamaged } from '../eventStore/readFailure.ts'
import type { Position, RecordedEvent } from '../eventStore/recordedEvent.ts'
import { shown } from '../eventStore/shown.ts'
import { leavesAt, toldOfErased } from '../evidence/leaves.ts'
import { Erased, hearErasures } from '../ledger/erased.ts'
import type { TreeWriter } from '../tree/treeWriter.ts'

/** Puts into the tree what the events add to it. `erased` knows of all that was removed between them. */
export const addLeaves = (tree: TreeWriter, events: readonly RecordedEvent[], erased: Erased): void => {
  for (const event of events) {
    for (const { leaf, at } of leavesAt(event, erased, tree.size())) tree.add(leaf, at)
  }
}

/** Of a damaged file events are passed over: what comes behind them would not stand at its place. */
export const expectWhole = (store: EventStore, altered: readonly string[]): void => {
  if (store.embedded && altered.length > 0) {
    throw storeDamaged('the event log is damaged: its tree ends before the damage')
  }
}

/** The last leaf is that of an erased event, and the log says so. */
const endsInErased = ({ size, subtree }: TreeWriter, erased: Erased): boolean =>
  erased.leafAt(size() - 1)?.equals(subtree(0, size() - 1)) === true

/**
 * Whether the log still holds the event of the tree's last leaf, or the record of its erasure: where neither, it is another log, or
 * another state of it. A server is asked again for a while, since it may be just behind.
 */
export const isTreeUpTo = async (
  store: EventStore,
  tree: TreeWriter,
  erased: Erased,
  signal?: AbortSignal,
): Promise<boolean> => {
  const last = tree.last()
  if (last === null) return true
  await hearErasures(store, erased)
  if (endsInErased(tree, erased)) return true
  return (await shown(store, () => store.idAt(last.position), signal)) === last.eventId
}

/** Of a tree that is made anew no more than so many leaves are made twice, whenever it is interrupted. */
const SAVED_EVERY = 100_000

/**
 * Brings a tree to the end of the log as it stands; a leaf whose event is erased comes from the record of that. A tree that was made from
 * another log, or another state of it, is thrown away first, once it is sure that a server is not just behind. Throws where the log cannot be
 * read, or not all of it.
 */
export const growTree = async (
  store: EventStore,
  tree: TreeWriter,
  erased: Erased = new Erased(),
  signal?: AbortSignal,
): Promise<void> => {
  const isOfLog = await isTreeUpTo(store, tree, erased, signal)
  if (signal?.aborted) return
  if (!isOfLog) tree.clear()
  let saved = tree.size()
  // What was removed while the log was read has its record behind the end that it had.
  for (let known = -1; known !== erased.next; ) {
    known = erased.next
    const after = tree.last()?.position ?? null
    for await (const events of toldOfErased(store, erased, after, (streams) => expectWhole(store, streams))) {
      addLeaves(tree, events, erased)
      if (tree.size() - saved >= SAVED_EVERY) {
        tree.save()
        saved = tree.size()
      }
      if (signal?.aborted) return
    }
  }
}

/** How many leaves the tree of the log has. Throws as `growTree` does. */
export const countLeaves = async (store: EventStore): Promise<number> => {
  const erased = new Erased()
  let size = 0
  for await (const events of toldOfErased(store, erased, null, (streams) => expectWhole(store, streams))) {
    for (const event of events) for (const _ of leavesAt(event, erased, size)) size += 1
  }
  return size
}

/**
 * Where the last event of the log stands whose leaf has this index or a lower one: where just that is erased, nobody knows its place.
 * `null` for none.
 */
export const positionOfLeaf = async (store: EventStore, index: number): Promise<Position | null> => {
  const erased = new Erased()
  let size = 0
  let found: Position | null = null
  for await (const events of toldOfErased(store, erased, null, () => undefined)) {
    for (const event of events) {
      for (const { isErased } of leavesAt(event, erased, size)) {
        if (size > index) return found
        if (!isErased) found = event.position
        size += 1
      }
    }
  }
  return size > index ? found : null
}
