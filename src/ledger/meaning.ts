import { randomUUID } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import type { Clock } from '../clock/clock.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import { appendFailed } from './kycLog.ts'
import { ownEvent, readOwnEvent } from './ownEvent.ts'
import { KYC_LOG } from './streams.ts'

const MEANING = 'kyc-ledger.meaning'

/** By which version changes are told from an event of the log on; `null` where it is about something else. */
export const readMeaning = (event: RecordedEvent): number | null => {
  if (event.stream !== KYC_LOG || event.type !== MEANING) return null
  const version = readOwnEvent(event)?.data['version']
  return typeof version === 'number' ? version : null
}

/**
 * Records that changes are told by `version` from here on, unless the last record says so. Of nodes that do so at once one appends.
 * Resolves to whether this one did. Throws where the store gives no answer, or refuses.
 */
export const recordMeaning = async (store: EventStore, version: number, now: Clock): Promise<boolean> => {
  for (;;) {
    const held = await Array.fromAsync(store.readStream(KYC_LOG))
    if (held.map(readMeaning).findLast((known) => known !== null) === version) return false
    const said = ownEvent(randomUUID(), { type: MEANING, data: { version }, recordedAt: now() })
    const appended = await store.append(KYC_LOG, held.at(-1)?.revision ?? 'no-stream', [said])()
    if (E.isRight(appended)) return true
    if (appended.left._tag !== 'WrongExpectedVersion') throw appendFailed(appended.left)
  }
}
