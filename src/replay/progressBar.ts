import type { SingleBar } from 'cli-progress'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Position } from '../eventStore/recordedEvent.ts'

/** A progress bar with count, rate and time left; plain lines every two seconds where there is no terminal. */
const progressBar = async (): Promise<SingleBar> => {
  const { default: progress } = await import('cli-progress')
  return new progress.SingleBar(
    {
      format: 'replay {bar} {percentage}% | {events} events | {rate} events/s | {eta_formatted} left',
      etaBuffer: 50,
      hideCursor: true,
      noTTYOutput: true,
      notTTYSchedule: 2000,
    },
    progress.Presets.legacy,
  )
}

/** How many events the log holds, and can read, after a position. */
const countEvents = async (store: EventStore, after: Position | null): Promise<number> => {
  let count = 0
  const passOver = (): void => undefined
  for await (const events of store.readAll(after, passOver)) count += events.length
  return count
}

/** A store that shows how far following it from `after` has come, until the bar is stopped. */
export const withProgressBar = async (
  store: EventStore,
  after: Position | null,
): Promise<{ readonly shown: EventStore; readonly stop: () => void }> => {
  const bar = await progressBar()
  const startedAt = performance.now()
  let events = 0
  bar.start(await countEvents(store, after), 0, { events: 0, rate: 0 })
  const follow: EventStore['follow'] = async function* (...asked) {
    for await (const batch of store.follow(...asked)) {
      yield batch
      // Of no progress the bar makes no time left, but half a word.
      if (batch.events.length === 0) continue
      events += batch.events.length
      const rate = Math.round(events / ((performance.now() - startedAt) / 1000))
      bar.update(events, { events, rate })
    }
  }
  return { shown: { ...store, follow }, stop: () => bar.stop() }
}

/** Where nobody looks. */
export const withoutProgress = async (store: EventStore): ReturnType<typeof withProgressBar> => ({
  shown: store,
  stop: () => undefined,
})
