import type { Clock } from '../clock/clock.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { compareLogs, type Gone } from './compareLogs.ts'
import { copyEvents } from './copyEvents.ts'
import { recordCopy } from './recordCopy.ts'

export interface Copied {
  /** How many events were appended to the target. */
  readonly copied: number
  /** How many events both hold by now, and are the same in both. */
  readonly events: number
  readonly gone: Gone
}

/**
 * Copies a log into another store with the ids, the order and the texts of its events, compares the two in the end, and
 * records in the target that it is a copy. What the target holds already is not copied again. Throws where it holds anything
 * else, and leaves it as it is then.
 */
export const copyLog = async (from: EventStore, to: EventStore, now: Clock): Promise<Copied> => {
  const before = await compareLogs(from, to)
  const copied = await copyEvents(from, to, before)
  const after = await compareLogs(from, to)
  const { events, gone } = after
  const missing = before.events + copied - events
  if (missing > 0) throw new Error(`${missing} events are missing in the target`)
  await recordCopy(to, after, now)
  return { copied, events, gone }
}
