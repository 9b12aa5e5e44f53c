import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { fold } from '../domain/state/fold.ts'
import { openEventStore } from '../src/eventStore/openEventStore.ts'
import { userOfStream } from '../src/ledger/streams.ts'
import { openReadModelWriter } from '../src/readModel/database/writer.ts'
import { runProjection } from '../src/readModel/projection/runProjection.ts'

/**
 * A process that goes through a whole log once and prints how long that took, its own start left out: `projection` folds
 * it into a read model from zero, `scan` parses both texts of each event and does nothing else, `fold` decodes and folds
 * what each batch holds of a user, as if that were all, and writes nothing.
 */
export interface CatchUp {
  readonly how: 'projection' | 'scan' | 'fold'
  readonly events: string
  readonly readModel: string
}

if (import.meta.main) {
  const { how, events, readModel } = JSON.parse(process.argv[2] ?? '') as CatchUp
  const opened = await openEventStore({ kind: 'sqlite', file: join(events, 'events.db') }, { readOnly: true })()
  if (E.isLeft(opened)) throw new Error(opened.left.reason)
  const store = opened.right
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
    await runProjection(store, model, stopping.signal, ({ caughtUp }) => {
      if (!caughtUp) return
      seconds = (performance.now() - began) / 1000
      stopping.abort()
    })
    model.close()
  }
  await store.close()
  console.log(JSON.stringify({ seconds }))
}
