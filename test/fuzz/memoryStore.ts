import * as E from 'fp-ts/lib/Either.js'
import {
  type AppendError,
  type Appended,
  appendRefused,
  type ExpectedRevision,
} from '../../src/eventStore/appendOutcome.ts'
import { asRead } from '../../src/eventStore/asRead.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import type { RecordedEvent, StreamName } from '../../src/eventStore/recordedEvent.ts'

/** A log in memory, for as much of the port as a delivery on its way needs; whatever else is asked of it is a fault. */
export interface MemoryStore extends Pick<EventStore, 'append' | 'readStream'> {
  /** The events of a stream, in its order. */
  readonly stream: (name: StreamName) => readonly RecordedEvent[]
  readonly streams: () => readonly StreamName[]
}

export const memoryStore = (): MemoryStore => {
  const streams = new Map<StreamName, RecordedEvent[]>()
  let positions = 0
  const stream = (name: StreamName): readonly RecordedEvent[] => streams.get(name) ?? []
  return {
    stream,
    streams: () => [...streams.keys()],
    append: (name, expected, events) => async (): Promise<E.Either<AppendError, Appended>> => {
      const standing = streams.get(name) ?? []
      const actual: ExpectedRevision = standing.length === 0 ? 'no-stream' : standing.length - 1
      if (actual !== expected) return E.left({ _tag: 'WrongExpectedVersion', stream: name, expected, actual })
      for (const event of events) {
        if (standing.some(({ eventId }) => eventId === event.eventId))
          return E.left(appendRefused('an event id stands there already'))
        positions += 1
        standing.push(asRead(event, name, standing.length, String(positions).padStart(16, '0')))
      }
      streams.set(name, standing)
      return E.right({ revision: standing.length - 1, position: String(positions).padStart(16, '0') })
    },
    readStream: async function* (name, { from, direction = 'forwards', limit = Number.POSITIVE_INFINITY } = {}) {
      const all = [...stream(name)]
      if (direction === 'backwards') all.reverse()
      yield* all
        .filter(
          ({ revision }) => from === undefined || (direction === 'forwards' ? revision >= from : revision <= from),
        )
        .slice(0, limit)
    },
  }
}
