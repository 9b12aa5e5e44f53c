import { join } from 'node:path'
import type { UserId } from '../domain/identifiers.ts'
import { fold } from '../domain/state/fold.ts'
import { type KycStatusRow, rowOf } from '../projections/kycStatus.ts'
import type { EventStore } from '../src/eventStore/eventStore.ts'
import type { RecordedEvent } from '../src/eventStore/recordedEvent.ts'
import { userOfStream } from '../src/ledger/streams.ts'
import { openReadModelWriter } from '../src/readModel/database/writer.ts'
import { BATCHES_AT_ONCE } from '../src/readModel/projection/farBehind.ts'
import { startFoldThreads } from '../src/readModel/projection/foldThreads.ts'
import { openProjectedLog, type ProjectedLog } from '../src/readModel/projection/projectedLog.ts'
import { runProjection } from '../src/readModel/projection/runProjection.ts'
import { webhookWith } from '../src/webhooks/storedPayload.ts'
import { type Beside, runScript } from './processes.ts'

/**
 * A process that goes through a whole log once and prints how long that took, its own start left out: `projection` folds
 * it into a read model from zero, `scan` parses both texts of each event and does nothing else, `fold` decodes and folds
 * what each batch holds of a user, as if that were all, and writes nothing, `once` does the same and writes what that comes to, as many batches to a
 * transaction as the projection that is far behind: all of a read model from zero, in one thread, and nothing of it twice. `least` is what nobody who keeps the contract is spared:
 * each event read, its payload held against its hash, both texts parsed, and rows written, which are those of the first user under the names of the others: nothing is
 * decoded, nothing folded. Also what it took of a processor, in seconds: of the thread that writes, and of all.
 */
export interface CatchUp {
  readonly how: 'projection' | 'scan' | 'fold' | 'once' | 'least'
  readonly events: string
  readonly readModel: string
  /** That fold ahead. */
  readonly threads: number
}

export interface CaughtUp {
  readonly seconds: number
  readonly own: number
  readonly all: number
}

export const startCatchUp = (job: CatchUp, beside?: Partial<Beside>): Promise<CaughtUp> =>
  runScript<CaughtUp>(new URL(import.meta.url), job, beside)

/** What is written of a user. */
interface Written {
  readonly row: KycStatusRow
  readonly documents: readonly string[]
}

/** What the events of a user come to, as if they were all. */
export const folded = (userId: UserId, own: readonly RecordedEvent[]): Written => {
  const state = fold(userId, own)
  return { row: rowOf(state), documents: state.documents.map(({ documentId }) => documentId) }
}

/** Reads the events as the contract has it, and gives what the first user came to under the name of this one. Throws where a payload is not the one of its hash. */
const readOnly = (): typeof folded => {
  let first: Written | null = null
  return (userId, own) => {
    for (const { data, metadata } of own) {
      const { payloadHash } = JSON.parse(metadata) as { readonly payloadHash: string }
      if (webhookWith(data, payloadHash) === null) throw new Error('an event is not what was received')
    }
    first ??= folded(userId, own)
    const { row, documents } = first
    const body = row.body.replace(row.userId, userId)
    return { row: { ...row, userId, body }, documents: documents.map((documentId) => `${documentId}-${userId}`) }
  }
}

/** A row and a change for what several batches hold of each user. */
export const writeOnce = async (
  log: AsyncIterable<readonly RecordedEvent[]> | Iterable<readonly RecordedEvent[]>,
  file: string,
  make: typeof folded,
): Promise<void> => {
  const model = openReadModelWriter(file)
  let batches: (readonly RecordedEvent[])[] = []
  const write = (): void => {
    const events = batches.flat()
    batches = []
    const last = events.at(-1)
    if (last === undefined) return
    const told = model.checkpoint()
    model.begin()
    for (const [stream, own] of Map.groupBy(events, (event) => event.stream)) {
      const userId = userOfStream(stream)
      const [first, newest] = [own[0], own.at(-1)]
      if (userId === null || first === undefined || newest === undefined) continue
      const { row, documents } = make(userId, own)
      for (const documentId of documents) model.addOwner(documentId, userId)
      model.put(row)
      model.putChange(userId, { begins: first.position, at: newest.position, isEverywhere: true }, told)
    }
    model.readTo(last)
    model.commit(last.position, last.position)
  }
  for await (const batch of log) if (batches.push(batch) === BATCHES_AT_ONCE) write()
  write()
  model.close()
}

const secondsOf = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1_000_000

if (import.meta.main) {
  const { how, events, readModel, threads } = JSON.parse(process.argv[2] ?? '') as CatchUp
  const log: ProjectedLog = {
    eventStore: { kind: 'sqlite', file: join(events, 'events.db') },
    identity: { logId: '', generation: 0, losses: 0 },
    tree: null,
  }
  const { store, close } = await openProjectedLog(log)
  const [ownBefore, allBefore] = [process.threadCpuUsage(), process.cpuUsage()]
  let seconds = 0
  if (how === 'scan') {
    const began = performance.now()
    for await (const batch of store.readAll()) {
      for (const { data, metadata } of batch) {
        JSON.parse(data)
        JSON.parse(metadata)
      }
    }
    seconds = (performance.now() - began) / 1000
  } else if (how === 'fold') {
    const began = performance.now()
    for await (const batch of store.readAll()) {
      for (const [stream, events] of Map.groupBy(batch, (event) => event.stream)) {
        const userId = userOfStream(stream)
        if (userId !== null) fold(userId, events)
      }
    }
    seconds = (performance.now() - began) / 1000
  } else if (how === 'once' || how === 'least') {
    const began = performance.now()
    await writeOnce(store.readAll(), readModel, how === 'once' ? folded : readOnly())
    seconds = (performance.now() - began) / 1000
  } else {
    const model = openReadModelWriter(readModel)
    const stopping = new AbortController()
    const began = performance.now()
    const progressed = ({ caughtUp }: { readonly caughtUp: boolean }): void => {
      if (!caughtUp) return
      seconds = (performance.now() - began) / 1000
      stopping.abort()
    }
    const startThreads = threads === 0 ? null : (read: EventStore) => startFoldThreads(log, read, threads)
    await runProjection(store, model, stopping.signal, progressed, { startThreads })
    model.close()
  }
  const caughtUp: CaughtUp = {
    seconds,
    own: secondsOf(process.threadCpuUsage(ownBefore)),
    all: secondsOf(process.cpuUsage(allBefore)),
  }
  await close()
  console.log(JSON.stringify(caughtUp))
}
