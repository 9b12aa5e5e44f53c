import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock/clock.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { identityIn, LOG_COPIED } from '../ledger/logIdentity.ts'
import { ownEvent } from '../ledger/ownEvent.ts'
import { KYC_LOG } from '../ledger/streams.ts'
import { appendRun } from './appendRun.ts'
import type { Common } from './compareLogs.ts'
import { teller } from './teller.ts'

/** Records in the target that it is a copy, unless it does so already: in it, events have other positions. */
export const recordCopy = async (to: EventStore, { sourceLog, targetLog }: Common, now: Clock): Promise<void> => {
  const [original, copy] = [identityIn(sourceLog), identityIn(targetLog)]
  if (original === null || copy === null || copy.generation > original.generation) return
  const { logId, generation } = { ...original, generation: original.generation + 1 }
  const record = ownEvent(randomUUID(), { type: LOG_COPIED, data: { logId, generation }, recordedAt: now() })
  const place = { stream: KYC_LOG, revision: targetLog.length, position: '' }
  const waits = (reason: string): void => teller('copied').waits('target', reason)
  await appendRun({ to, waits }, [{ ...record, ...place }], place.revision)
  console.log(`the target is the log ${logId} in generation ${generation}`)
}
