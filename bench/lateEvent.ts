import { join } from 'node:path'
import type { EventStore } from '../src/eventStore/eventStore.ts'
import { openReadModelWriter } from '../src/readModel/database/writer.ts'
import { runProjection } from '../src/readModel/projection/runProjection.ts'
import { atMost, figure, type Measurement, NO_TARGET, type Target } from './measurement.ts'
import { appendTo, eventsOf, FIRST_PREPARED_USER, openStore, prepareLog } from './preparedLog.ts'
import { removeDirectory } from './processes.ts'
import { interleave, type Side } from './rounds.ts'
import { delivery, STORY_LENGTH } from './webhooks.ts'

const HISTORY = 1000

/**
 * A live projection whose batches are timed one by one: from the moment it is handed a batch until it asks for the next,
 * that is fold, rows and commit.
 */
const timedProjection = (store: EventStore, readModelFile: string) => {
  const stopping = new AbortController()
  const model = openReadModelWriter(readModelFile)
  let projected = ''
  let lastMs = 0
  let wake = (): void => undefined
  const timed: EventStore = {
    ...store,
    async *follow(after, signal) {
      for await (const batch of store.follow(after, signal)) {
        const began = performance.now()
        yield batch
        lastMs = performance.now() - began
        projected = batch.position ?? projected
        wake()
      }
    },
  }
  const running = runProjection(timed, model, stopping.signal, () => undefined)
  return {
    /** Milliseconds that the batch which ended at `position` took. */
    until: async (position: string): Promise<number> => {
      while (projected < position) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return lastMs
    },
    stop: async (): Promise<void> => {
      stopping.abort()
      await running
      model.close()
    },
  }
}

const measure = async (history: number, rounds: number) => {
  const directory = await prepareLog({ users: 1, eventsEach: history, together: history, lateEvery: 0 })
  const store = await openStore(join(directory, 'events.db'))
  const projection = timedProjection(store, join(directory, 'read-model.db'))
  let length = history
  const add = async (late: boolean): Promise<Side> => {
    const chapter = Math.floor(length / STORY_LENGTH)
    const events = await eventsOf([delivery(FIRST_PREPARED_USER, length % STORY_LENGTH, { late, chapter })])
    const position = await appendTo(store, `kyc-${FIRST_PREPARED_USER}`, length - 1, events)
    length += 1
    return { value: await projection.until(position) }
  }
  try {
    for (const late of [false, true, false, true]) await add(late)
    return await interleave(rounds, { late: () => add(true), inOrder: () => add(false) })
  } finally {
    await projection.stop()
    await store.close()
    removeDirectory(directory)
  }
}

export const lateEvent: Measurement = {
  name: 'late-event',
  run: async ({ quick }) => {
    const rounds = quick ? 10 : 30
    const of = async (history: number, target: Target) =>
      figure(
        { what: `late event, history of ${history.toLocaleString('en-US')}`, against: 'an in-order one', unit: 'ms' },
        (await measure(history, rounds)).map(({ late, inOrder }) => ({ product: late, against: inOrder })),
        target,
      )
    const figures = [await of(HISTORY, atMost(50))]
    if (!quick) for (const history of [100, 4000]) figures.push(await of(history, NO_TARGET))
    return figures
  },
}
