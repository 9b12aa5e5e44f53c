import { join } from 'node:path'
import { fold } from '../domain/state/fold.ts'
import type { EventStore } from '../src/eventStore/eventStore.ts'
import { userOfStream } from '../src/ledger/streams.ts'
import { openReadModelWriter } from '../src/readModel/database/writer.ts'
import { startFoldThreads } from '../src/readModel/projection/foldThreads.ts'
import { openProjectedLog, type ProjectedLog } from '../src/readModel/projection/projectedLog.ts'
import { runProjection } from '../src/readModel/projection/runProjection.ts'

/**
 * A process that goes through a whole log once and prints how long that took, its own start left out: `projection` folds
 * it into a read model from zero, `scan` parses both texts of each event and does nothing else, `fold` decodes and folds
 * what each batch holds of a user, as if that were all, and writes nothing. Also what it took of a processor, in seconds: of the thread
 * that writes, and of all.
 */
export interface CatchUp {
  readonly how: 'projection' | 'scan' | 'fold'
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
