import type { EventStore } from '../../eventStore/eventStore.ts'
import type { Position, StreamName } from '../../eventStore/recordedEvent.ts'
import type { Sources } from '../users/sources.ts'
import { incomplete, tellingEvents } from './told.ts'

/** The log from just after `after` to its end as it stands now, a line of NDJSON each. */
export async function* asItStands(
  { store, uncertain }: { readonly store: EventStore } & Pick<Sources, 'uncertain'>,
  after: Position | null,
): AsyncGenerator<string> {
  const told = tellingEvents({ uncertain })
  const noted: (readonly StreamName[])[] = []
  const notes = (): readonly string[] => noted.splice(0).map((streams) => `${incomplete(streams).json}\n`)
  for await (const events of store.readAll(after, (streams) => noted.push(streams))) {
    yield* notes()
    for (const event of events) yield `${told(event).json}\n`
  }
  yield* notes()
}
