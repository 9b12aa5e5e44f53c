import { join } from 'node:path'
import type { UserId } from '../../../domain/identifiers.ts'
import type { EventStore, LogBatch } from '../../../src/eventStore/eventStore.ts'
import type { Position, RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import type { LogIdentity } from '../../../src/ledger/logIdentity.ts'
import type { ToldChange } from '../../../src/readModel/database/changeReader.ts'
import { openReadModelReader, type ReadModelReader } from '../../../src/readModel/database/reader.ts'
import { openReadModelWriter, type ReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { removeReadModel } from '../../../src/readModel/file.ts'
import { runProjection } from '../../../src/readModel/projection/runProjection.ts'
import { right } from '../right.ts'

/** A read model of a log that is brought on by hand: up to where, and in batches of what size. */
export interface Node {
  readonly reader: () => ReadModelReader
  /** Projects so many events more, `each` to a batch; folds these users anew. */
  readonly advance: (events: number, each: number, anew?: readonly UserId[]) => Promise<void>
  /** As after a restart of the process. */
  readonly reopen: () => void
  /** As after the loss of the file. */
  readonly lose: () => void
  /** What it tells behind an id. */
  readonly changes: (after: string | null, limit?: number) => readonly ToldChange[]
  readonly close: () => void
}

/** The log as a node sees it that streams are read from to their end, and that is followed for so many events more. */
const followed = (store: EventStore, events: number, each: number): EventStore => {
  async function* follow(after: Position | null): AsyncGenerator<LogBatch> {
    const all: RecordedEvent[] = (await Array.fromAsync(store.readAll(after))).flat().slice(0, events)
    for (let from = 0; from < all.length; from += each) {
      const batch = all.slice(from, from + each)
      yield { events: batch, position: batch.at(-1)?.position ?? null, caughtUp: from + each >= all.length }
    }
  }
  return { ...store, follow }
}

/** Opens one in a directory. */
export const openNode = (store: () => EventStore, identity: LogIdentity, directory: string, name: string): Node => {
  const file = join(directory, `${name}.db`)
  let model: ReadModelWriter
  let reader: ReadModelReader
  const open = (): void => {
    model = openReadModelWriter(file)
    model.belongTo(identity)
    reader = openReadModelReader(file)
  }
  const close = (): void => {
    reader.close()
    model.close()
  }
  open()
  return {
    reader: () => reader,
    advance: (events, each, anew = []) =>
      runProjection(followed(store(), events, each), model, new AbortController().signal, () => undefined, { anew }),
    reopen: () => {
      close()
      open()
    },
    lose: () => {
      close()
      removeReadModel(file)
      open()
    },
    changes: (after, limit = 1000) => right(reader.changes(after, limit)),
    close,
  }
}
