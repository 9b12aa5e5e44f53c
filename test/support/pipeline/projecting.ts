import { join } from 'node:path'
import type { EventStore, LogBatch } from '../../../src/eventStore/eventStore.ts'
import type { Position, RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { withoutTexts } from '../../../src/eventStore/withoutTexts.ts'
import { Erased } from '../../../src/ledger/erased.ts'
import type { Untrusted } from '../../../src/ledger/trustedStore.ts'
import { openReadModelReader, type ReadModelReader } from '../../../src/readModel/database/reader.ts'
import { openReadModelWriter, type ReadModelWriter } from '../../../src/readModel/database/writer.ts'
import type { Run } from '../../../src/readModel/projection/batch.ts'
import { keptReadings } from '../../../src/readModel/projection/keptReadings.ts'
import { keptStates } from '../../../src/readModel/projection/keptStates.ts'
import { readKnownClocks } from '../../../src/readModel/projection/knownClocks.ts'
import type { Progress } from '../../../src/readModel/projection/progress.ts'
import { runProjection } from '../../../src/readModel/projection/runProjection.ts'
import { uncertainStreams } from '../../../src/readModel/projection/uncertainStreams.ts'
import type { Uncertain } from '../../../src/readModel/uncertain.ts'

export const readModelFile = (directory: string): string => join(directory, 'read-model.db')

/** A run of the projection that begins with nothing in memory, and no thread beside it. */
export const newRun = async (store: EventStore, model: ReadModelWriter, change: Partial<Run> = {}): Promise<Run> => {
  const uncertain = uncertainStreams()
  return {
    store,
    erased: new Erased(),
    untrusted: null,
    model,
    states: keptStates(),
    readings: keptReadings(),
    uncertainStreams: uncertain,
    clocks: await readKnownClocks(store, uncertain),
    threads: () => null,
    ...change,
  }
}

/** The store with its log in batches of so many events, of which what is spared is left out as a file does; after the last of the log, `follow` waits as ever. */
export const inBatchesOf = (size: number, store: EventStore): EventStore => ({
  ...store,
  async *follow(after, signal, _, spared = () => null): AsyncGenerator<LogBatch> {
    for await (const { events, position, caughtUp } of store.follow(after, signal)) {
      for (let from = 0; from < events.length; from += size) {
        const isSpared = spared() ?? (() => false)
        const all = events.slice(from, from + size)
        const part = all
          .filter(
            ({ stream }, i) => !isSpared(stream) || all[i - 1]?.stream !== stream || all[i + 1]?.stream !== stream,
          )
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
