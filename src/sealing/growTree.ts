import type { EventStore } from '../eventStore/eventStore.ts'
import { storeDamaged } from '../eventStore/readFailure.ts'
import type { Position, RecordedEvent } from '../eventStore/recordedEvent.ts'
import { shown } from '../eventStore/shown.ts'
import { leafOf } from '../evidence/record.ts'
import { SEALS } from '../ledger/streams.ts'
import type { TreeWriter } from '../tree/treeWriter.ts'

/** Whether an event is a leaf of the tree: every one is but the seals themselves. */
export const isLeaf = ({ stream }: Pick<RecordedEvent, 'stream'>): boolean => stream !== SEALS

/** Puts the events that are leaves into the tree. */
export const addLeaves = (tree: TreeWriter, events: readonly RecordedEvent[]): void => {
  for (const event of events) if (isLeaf(event)) tree.add(leafOf(event), event)
}

/** Of a damaged file events are passed over: what comes behind them would not stand at its place. */
export const expectWhole = (store: EventStore, altered: readonly string[]): void => {
  if (store.embedded && altered.length > 0) {
    throw storeDamaged('the event log is damaged: its tree ends before the damage')
  }
}

/** Of a tree that is made anew no more than so many leaves are made twice, whenever it is interrupted. */
const SAVED_EVERY = 100_000

/**
 * Brings a tree to the end of the log as it stands. A tree that was made from another log, or another state of it, is thrown away
 * first, once it is sure that a server is not just behind. Throws where the log cannot be read, or not all of it.
 */
export const growTree = async (store: EventStore, tree: TreeWriter, signal?: AbortSignal): Promise<void> => {
  const last = tree.last()
  const standing = last === null ? null : await shown(store, () => store.idAt(last.position), signal)
  if (signal?.aborted) return
  if (last !== null && standing !== last.eventId) tree.clear()
  let saved = tree.size()
  for await (const events of store.readAll(tree.last()?.position ?? null, (streams) => expectWhole(store, streams))) {
    addLeaves(tree, events)
    if (tree.size() - saved >= SAVED_EVERY) {
      tree.save()
      saved = tree.size()
    }
    if (signal?.aborted) return
  }
}

/** How many leaves the tree of the log has. Throws as `growTree` does. */
export const countLeaves = async (store: EventStore): Promise<number> => {
  let size = 0
  for await (const events of store.readAll(null, (streams) => expectWhole(store, streams))) {
    size += events.filter(isLeaf).length
  }
  return size
}

/** Where the leaf at an index stands in the log; `null` for none. */
export const positionOfLeaf = async (store: EventStore, index: number): Promise<Position | null> => {
  let next = 0
  if (index < 0) return null
  for await (const events of store.readAll(null, () => undefined)) {
    for (const event of events) {
      if (!isLeaf(event)) continue
      if (next === index) return event.position
      next += 1
    }
  }
  return null
}
