import type { EventStore } from '../eventStore/eventStore.ts'
import { appendRun } from './appendRun.ts'
import { type Common, revisionThere } from './compareLogs.ts'
import { runs } from './runs.ts'
import { readPatiently, teller } from './teller.ts'

/** Appends what stands in the source after `until`, in the order of the log. Gives how many events that were. */
export const copyEvents = async (from: EventStore, to: EventStore, { until, shift }: Common): Promise<number> => {
  const tell = teller('copied')
  const target = { to, waits: (reason: string) => tell.waits('target', reason) }
  let copied = 0
  for await (const batch of readPatiently(from, 'source', tell, until)) {
    for (const run of runs(batch)) await appendRun(target, run, revisionThere(run[0], shift))
    copied += batch.length
    tell.has(copied)
  }
  return copied
}
