import { join } from 'node:path'
import type { EventStore, LogBatch } from '../../../src/eventStore/eventStore.ts'
import type { Position, RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import type { Untrusted } from '../../../src/ledger/trustedStore.ts'
import { openReadModelReader, type ReadModelReader } from '../../../src/readModel/database/reader.ts'
import { openReadModelWriter, type ReadModelWriter } from '../../../src/readModel/database/writer.ts'
import type { Progress } from '../../../src/readModel/projection/progress.ts'
import { runProjection } from '../../../src/readModel/projection/runProjection.ts'
import type { Uncertain } from '../../../src/readModel/uncertain.ts'

export const readModelFile = (directory: string): string => join(directory, 'read-model.db')

/** An event as a store gives it whose texts nobody needs. */
export const withoutTexts = ({ eventId, type, stream, revision, position }: RecordedEvent): RecordedEvent => ({
  eventId,
  type,
  data: '',
  metadata: '',
  stream,
  revision,
  position,
  isBare: true,
})

/** The store with its log in batches of so many events; after the last of the log, `follow` waits as ever. */
export const inBatchesOf = (size: number, store: EventStore): EventStore => ({
  ...store,
  async *follow(after, signal, _, spared = () => null): AsyncGenerator<LogBatch> {
    for await (const { events, position, caughtUp } of store.follow(after, signal)) {
      for (let from = 0; from < events.length; from += size) {
        const isSpared = spared() ?? (() => false)
        const part = events
          .slice(from, from + size)
          .map((event): RecordedEvent => (isSpared(event.stream) ? withoutTexts(event) : event))
        const isLast = from + size >= events.length
        yield {
          events: part,
          position: isLast ? position : (part.at(-1)?.position ?? null),
          caughtUp: isLast && caughtUp,
        }
      }
    }
  },
})

/** The store with events that make the domain throw when it looks at what they hold. */
export const failingOn = (isBad: (event: RecordedEvent) => boolean, store: EventStore): EventStore => {
  const handed = (event: RecordedEvent): RecordedEvent =>
    isBad(event)
      ? Object.defineProperty({ ...event }, 'data', {
          get: () => {
            if (new Error().stack?.includes('/domain/')) throw new TypeError('what the event holds')
            return event.data
          },
        })
      : event
  return {
    ...store,
    async *follow(...args): AsyncGenerator<LogBatch> {
      for await (const batch of store.follow(...args)) yield { ...batch, events: batch.events.map(handed) }
    },
    async *readStream(...args): AsyncGenerator<RecordedEvent> {
      for await (const event of store.readStream(...args)) yield handed(event)
    },
  }
}

/** The store as it stood while it was written: streams hold no more than what `follow` has come to. */
export const whileWritten = (store: EventStore): EventStore => {
  let end: Position | null = null
  return {
    ...store,
    async *follow(...args): AsyncGenerator<LogBatch> {
      for await (const batch of store.follow(...args)) {
        end = batch.position ?? end
        yield batch
      }
    },
    async *readStream(...args): AsyncGenerator<RecordedEvent> {
      for await (const event of store.readStream(...args)) if (end !== null && event.position <= end) yield event
    },
  }
}

/**
 * Projects until the read model has come to the end of the log; `change` replaces parts of its writer, `told` takes what it
 * tells on its way. Gives the streams about whose users it said that nothing is certain.
 */
export const projectToTheEnd = async (
  store: EventStore,
  directory: string,
  change: (model: ReadModelWriter) => ReadModelWriter = (model) => model,
  statesKept?: number,
  told: Progress[] = [],
  untrusted: Untrusted | null = null,
): Promise<readonly Uncertain[]> => {
  const model = openReadModelWriter(readModelFile(directory))
  const stop = new AbortController()
  try {
    const progressed = (progress: Progress): void => {
      told.push(progress)
      if (progress.caughtUp) stop.abort()
    }
    await runProjection(store, change(model), stop.signal, progressed, { statesKept, untrusted })
    return told.flatMap(({ uncertain = [] }) => uncertain)
  } finally {
    model.close()
  }
}

/** Reads the read model of a directory. */
export const reading = <A>(directory: string, read: (model: ReadModelReader) => A): A => {
  const model = openReadModelReader(readModelFile(directory))
  try {
    return read(model)
  } finally {
    model.close()
  }
}
