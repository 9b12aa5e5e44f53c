import { setTimeout as sleep } from 'node:timers/promises'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import type { NewEvent, RecordedEvent, StreamName } from '../../../src/eventStore/recordedEvent.ts'
import { newEvent, newStream } from '../../support/events/newEvents.ts'
import { PATIENCE_MS } from '../../support/patience.ts'

/** An append that was acknowledged: what must be in the log, once, at this revision. */
export interface Acknowledged {
  readonly stream: StreamName
  readonly revision: number
  readonly eventId: string
}

export interface LoadReport {
  readonly acknowledged: readonly Acknowledged[]
  /** Answers `StoreUnavailable`, each sent again later as the provider does. */
  readonly unavailable: number
  /** The longest time in which nothing was acknowledged. */
  readonly longestGapMs: number
}

export interface Load {
  readonly acknowledged: () => number
  /** Resolves when every writer has its last answer. */
  readonly stop: () => Promise<LoadReport>
}

/** Writers that append one event after the other, each to a stream of its own at the exact revision. */
export const startLoad = (
  store: EventStore,
  writers: number,
  heard: (event: Acknowledged) => void = () => {},
): Load => {
  const acknowledged: Acknowledged[] = []
  let unavailable = 0
  let longestGapMs = 0
  let last = performance.now()
  let stopping = false

  const acknowledge = (event: Acknowledged): void => {
    const now = performance.now()
    longestGapMs = Math.max(longestGapMs, now - last)
    last = now
    acknowledged.push(event)
    heard(event)
  }

  const append = async (stream: StreamName, revision: number, event: NewEvent): Promise<void> => {
    for (;;) {
      const answer = await store.append(stream, revision === 0 ? 'no-stream' : revision - 1, [event])()
      if (answer._tag === 'Right') {
        if (answer.right.revision !== revision) throw new Error(`${revision} was answered as ${answer.right.revision}`)
        return acknowledge({ stream, revision, eventId: event.eventId })
      }
      if (answer.left._tag !== 'StoreUnavailable') throw new Error(JSON.stringify(answer.left))
      unavailable += 1
      if (stopping) return
      await sleep(200)
    }
  }
  const write = async (): Promise<void> => {
    const stream = newStream()
    for (let revision = 0; !stopping; revision += 1) await append(stream, revision, newEvent())
  }
  const writing = Promise.all(Array.from({ length: writers }, write))
  // Told by `stop`.
  writing.catch(() => {})

  return {
    acknowledged: () => acknowledged.length,
    stop: async () => {
      stopping = true
      await writing
      return { acknowledged, unavailable, longestGapMs: Math.round(longestGapMs) }
    },
  }
}

/** What is wrong with a log: acknowledged events that are not where they should be, and ids that stand twice. */
export const faultsOf = (
  log: readonly RecordedEvent[],
  acknowledged: readonly Acknowledged[],
): { readonly lost: number; readonly doubled: number } => {
  const places = new Map(log.map((event) => [event.eventId, `${event.stream} ${event.revision}`]))
  const lost = acknowledged.filter((event) => places.get(event.eventId) !== `${event.stream} ${event.revision}`)
  return { lost: lost.length, doubled: log.length - places.size }
}

/** Follows from the beginning until `stop`, which first waits for `events` events. */
export const startFollowing = (store: EventStore) => {
  const abort = new AbortController()
  const followed: RecordedEvent[] = []
  let longestGapMs = 0
  let last = performance.now()
  const following = (async () => {
    for await (const { events } of store.follow(null, abort.signal)) {
      if (events.length === 0) continue
      const now = performance.now()
      longestGapMs = Math.max(longestGapMs, now - last)
      last = now
      followed.push(...events)
    }
  })()
  following.catch(() => {})
  return async (events: number) => {
    const until = performance.now() + PATIENCE_MS
    while (followed.length < events && performance.now() < until) await sleep(20)
    abort.abort()
    await following
    return { followed, longestGapMs: Math.round(longestGapMs) }
  }
}
