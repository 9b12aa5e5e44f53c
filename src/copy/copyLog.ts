import type { Clock } from '../clock/clock.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import { readErased, withoutErased } from '../ledger/erased.ts'
import { appendRun } from './appendRun.ts'
import { type Common, compareLogs, type Gone, revisionThere } from './compareLogs.ts'
import { eraseThere } from './eraseThere.ts'
import { recordCopy } from './recordCopy.ts'
import { runs } from './runs.ts'
import { readPatiently, teller } from './teller.ts'

interface Copied {
  /** How many events were appended to the target. */
  readonly copied: number
  /** How many events both hold by now, and are the same in both. */
  readonly events: number
  readonly gone: Gone
  /** Those of them that are not what was received: byte for byte the same in both all the same. */
  readonly altered: readonly RecordedEvent[]
}

/** Appends what stands in the source after `until`, in the order of the log. Gives how many events that were. */
const copyEvents = async (from: EventStore, to: EventStore, { until, shift, erased }: Common): Promise<number> => {
  const tell = teller('copied')
  const target = { to, waits: (reason: string) => tell.waits('target', reason) }
  let copied = 0
  for await (const batch of readPatiently(withoutErased(from, erased), 'source', tell, until)) {
    for (const run of runs(batch)) await appendRun(target, run, revisionThere(run[0], shift))
    copied += batch.length
    tell.has(copied)
  }
  await eraseThere(target, from, await readErased(from))
  return copied
}

/**
 * Copies a log into another store with the ids, the order and the texts of its events, compares the two in the end, and
 * records in the target that it is a copy. What is erased in the source is so in the target, with its record. What the target holds already is not copied again. Throws where it holds anything
 * else, and leaves it as it is then.
 */
export const copyLog = async (from: EventStore, to: EventStore, now: Clock): Promise<Copied> => {
  const before = await compareLogs(from, to)
  const copied = await copyEvents(from, to, before)
  const after = await compareLogs(from, to)
  const { events, gone, altered } = after
  const missing = before.events + copied - events
  if (missing > 0) throw new Error(`${missing} events are missing in the target`)
  await recordCopy(to, after, now)
  return { copied, events, gone, altered }
}
