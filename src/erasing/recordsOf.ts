import type { UserId } from '../../domain/identifiers.ts'
import type { Ground } from '../../domain/retention/ground.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Position, RecordedEvent, Revision, StreamName } from '../eventStore/recordedEvent.ts'
import { leafOf } from '../evidence/record.ts'
import type { ErasureEvent } from '../ledger/erasures.ts'
import type { TreeReader } from '../tree/treeReader.ts'
import { givingTurns } from './givingTurns.ts'

export type ErasedSaid = Extract<ErasureEvent, { readonly _tag: 'Erased' }>

/** So many leaves stand in one event: some 300 kB. */
export const LEAVES_IN_EVENT = 5000

/** What the leaves of events are looked up in. */
export interface LeafSources {
  readonly store: Pick<EventStore, 'readStream'>
  readonly tree: Pick<TreeReader, 'indexOf'>
  /** Waits until the tree has come to a position; `false` where it does not. */
  readonly treeReaches: (position: Position) => Promise<boolean>
}

/** What all records of an erasure say. */
export interface Erasing {
  readonly erasure: number
  readonly userId: UserId | null
  readonly ground: Ground
}

/** What goes of a stream, as it is to be recorded. */
export interface StreamRecords {
  readonly records: readonly ErasedSaid[]
  /** The last revision of it; -1 of a stream that holds nothing. */
  readonly last: Revision
  /** Of data and metadata, in UTF-16 units. */
  readonly units: number
  /** What `look` has found in the events, each once. */
  readonly named: readonly StreamName[]
}

/** Looks for the leaf of an event. Throws where the tree has another in its place: such an event was altered, and is evidence of that. */
const leafIn = (tree: LeafSources['tree'], event: RecordedEvent): readonly [number, string] => {
  const leaf = leafOf(event)
  const index = tree.indexOf(event.position, leaf)
  if (index === null) {
    throw new Error(`${event.stream}, revision ${event.revision}, is not the event that was sealed: look at it first`)
  }
  return [index, leaf.toString('base64')]
}

/**
 * The records of the events of a stream from a revision on, until `look` says no. At least one, which may be of no event: with it the stream
 * is known to be erased. Throws where the tree does not come to the last of them, or holds another event.
 */
export const recordsOf = async (
  { store, tree, treeReaches }: LeafSources,
  { erasure, userId, ground }: Erasing,
  stream: StreamName,
  from: Revision,
  look: (event: RecordedEvent) => { readonly named: readonly StreamName[] } | null = () => ({ named: [] }),
): Promise<StreamRecords> => {
  const events: Pick<RecordedEvent, 'revision'>[] = []
  const leaves: (readonly [number, string])[] = []
  const named = new Set<StreamName>()
  const turn = givingTurns()
  let [units, reached] = [0, false]
  const take = async (run: readonly RecordedEvent[]): Promise<void> => {
    const last = run.at(-1)
    if (last === undefined) return
    reached = await treeReaches(last.position)
    if (!reached) throw new Error(`the tree of the log has not come to ${stream}, revision ${last.revision}`)
    for (const event of run) {
      await turn()
      leaves.push(leafIn(tree, event))
      events.push({ revision: event.revision })
    }
  }
  let run: RecordedEvent[] = []
  for await (const event of store.readStream(stream, { from })) {
    const found = look(event)
    if (found === null) break
    for (const other of found.named) named.add(other)
    units += event.data.length + event.metadata.length
    run.push(event)
    if (run.length < RUN_EVENTS) continue
    await take(run)
    run = []
  }
  await take(run)
  const first = events[0]?.revision ?? from
  const last = events.at(-1)?.revision ?? from - 1
  if (last - first + 1 !== events.length)
    throw new Error(`${stream} does not show all its events: nothing of it is erased`)
  const records: ErasedSaid[] = []
  for (let at = 0; at === 0 || at < leaves.length; at += LEAVES_IN_EVENT) {
    const some = leaves.slice(at, at + LEAVES_IN_EVENT)
    const to = first + at + some.length - 1
    records.push({ _tag: 'Erased', erasure, userId, ground, stream, from: first + at, to, leaves: some })
  }
  return { records, last, units, named: [...named] }
}

const RUN_EVENTS = 500
