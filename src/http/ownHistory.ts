import { setImmediate } from 'node:timers/promises'
import { type OwnHistory, readHistory, readStoredOnce } from '../../domain/fold.ts'
import type { UserId } from '../../domain/identifiers.ts'
import type { RecordedEvent } from '../eventStore/eventStore.ts'

const EVENTS_AT_A_TIME = 100

/** Streams that were read lately are kept, and asked again: an event is read once, a stream as it stands put in order once. */
export const readOwn = readStoredOnce()
const histories = new WeakMap<readonly RecordedEvent[], OwnHistory>()

/** Reads the stream of a user. The other requests get their turn while a long one is read. */
export const ownHistory = async (own: readonly RecordedEvent[], userId: UserId): Promise<OwnHistory> => {
  const known = histories.get(own)
  if (known !== undefined) return known
  for (const [index, event] of own.entries()) {
    if (index > 0 && index % EVENTS_AT_A_TIME === 0) await setImmediate()
    readOwn(event, userId)
  }
  const history = readHistory(userId, own, readOwn)
  histories.set(own, history)
  return history
}
