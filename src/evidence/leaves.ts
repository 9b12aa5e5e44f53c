import type { EventStore } from '../eventStore/eventStore.ts'
import type { Position, RecordedEvent, StreamName } from '../eventStore/recordedEvent.ts'
import { type Erased, hearErasures } from '../ledger/erased.ts'
import { SEALS } from '../ledger/streams.ts'
import type { Hash } from '../tlog/hash.ts'
import { leafOf } from './record.ts'

/** Whether an event is a leaf of the tree: every one is but the seals themselves. */
export const isLeaf = ({ stream }: Pick<RecordedEvent, 'stream'>): boolean => stream !== SEALS

/** So many events are taken at a time, where a server gives fewer: each time it is asked for its stream of erasures. */
const AT_A_TIME = 100

/**
 * The log from just after `after` to its end, in batches, of which `erased` is told of each record that stands by then: what was removed
 * before a batch was read is known when it is given. Events that are recorded as erased may be among them still.
 */
export async function* toldOfErased(
  store: EventStore,
  erased: Erased,
  after: Position | null,
  altered: (streams: readonly StreamName[]) => void,
): AsyncGenerator<readonly RecordedEvent[]> {
  await hearErasures(store, erased)
  let taken: readonly RecordedEvent[] = []
  for await (const events of store.readAll(after, altered)) {
    taken = taken.length === 0 ? events : [...taken, ...events]
    if (taken.length < AT_A_TIME) continue
    await hearErasures(store, erased)
    yield taken
    taken = []
  }
  await hearErasures(store, erased)
  if (taken.length > 0) yield taken
}

/** The next leaf of the log's tree. */
export interface NextLeaf {
  readonly leaf: Hash
  /** Its event; of one that is erased, the event that is next to it in what is left of the log, behind it or just before it. */
  readonly at: RecordedEvent
  readonly isErased: boolean
}

/**
 * What an event of the log adds to a tree of `size` leaves: before its own leaf those of erased events, wherever one has the next
 * index. An event that is recorded as erased adds nothing, whether it is still there or not, and a seal only theirs: what it seals is
 * in the tree when it is looked at.
 */
export function* leavesAt(event: RecordedEvent, erased: Erased, size: number): Generator<NextLeaf> {
  if (erased.has(event)) return
  let next = size
  for (let leaf = erased.leafAt(next); leaf !== null; leaf = erased.leafAt(next)) {
    yield { leaf, at: event, isErased: true }
    next += 1
  }
  if (isLeaf(event)) yield { leaf: leafOf(event), at: event, isErased: false }
}
