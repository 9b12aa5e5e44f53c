import type { EventStore } from '../eventStore/eventStore.ts'
import type { Position, RecordedEvent } from '../eventStore/recordedEvent.ts'
import { readErased } from './erased.ts'
import { SEALS } from './streams.ts'

/** What is left of the log next to an erased event: the last event before it, '' for none, and the first behind it. */
interface Beside {
  readonly before: Position
  readonly after: Position
}

/**
 * Where the events stand that are next to one that was erased, whose own place nobody knows any more: by the index of its leaf. `null` where
 * no record names it.
 */
export const besideErased = async (
  store: EventStore,
  event: Pick<RecordedEvent, 'stream' | 'revision'>,
): Promise<Beside | null> => {
  const erased = await readErased(store)
  const index = erased.indexOf(event)
  if (index === null) return null
  let [next, before] = [0, '']
  for await (const events of store.readAll()) {
    for (const one of events) {
      if (one.stream === SEALS || erased.has(one)) continue
      while (erased.leafAt(next) !== null) next += 1
      if (next > index) return { before, after: one.position }
      before = one.position
      next += 1
    }
  }
  return null
}
