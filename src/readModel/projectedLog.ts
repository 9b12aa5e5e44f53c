import { setTimeout as delay } from 'node:timers/promises'
import { type EventStore, isStoreDamaged, type Position } from '../eventStore/eventStore.ts'
import type { ProjectedEvent } from './database.ts'

// Whether a log is the one that a read model was made from. A backup that was restored, or a copy, is another one.

/** An event that a server does not show for so long is not in its log: a node may be behind what another acknowledged. */
const ABSENT_MS = 10_000
const LOOK_AGAIN_MS = 500

/**
 * Whether the log holds the event where it was projected; another one there, or none, is another log's. `false` once
 * `signal` aborts.
 */
export const holds = async (
  store: EventStore,
  { stream, revision, position, eventId }: ProjectedEvent,
  signal?: AbortSignal,
): Promise<boolean> => {
  const until = performance.now() + ABSENT_MS
  for (;;) {
    const [standing] = await Array.fromAsync(store.readStream(stream, { from: revision, limit: 1 })).catch(
      (error: unknown) => {
        if (isStoreDamaged(error)) return ['damaged'] as const
        throw error
      },
    )
    // It stands there, and cannot be read: that makes it no other log.
    if (standing === 'damaged') return true
    if (standing !== undefined) return standing.eventId === eventId && standing.position === position
    if (store.embedded || performance.now() >= until || signal?.aborted) return false
    await delay(LOOK_AGAIN_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
  }
}

/** Whether the log holds nothing after `position`; with `null`, nothing at all. */
export const isEndOfLog = async (store: EventStore, position: Position | null): Promise<boolean> => {
  let damaged = false
  const note = (): void => {
    damaged = true
  }
  for await (const events of store.readAll(position, note)) if (events.length > 0) return false
  return !damaged
}

/** What to do about an empty log whose read model saw an event; names the file and the directory where they are known. */
export const lostLog = (file?: string, dataDir?: string): string =>
  `the event log${file === undefined ? '' : ` ${file}`} is empty, but the read model` +
  `${dataDir === undefined ? '' : ` in ${dataDir}`} was made from one: check EVENT_STORE, restore the log, or remove the ` +
  'read model (read-model*) to begin a new one'
