import * as E from 'fp-ts/lib/Either.js'
import { knownBy, readTimes } from '../../../domain/answer/question.ts'
import type { UnreadableEvent } from '../../../domain/event/storedEvent.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { type Instant, isBy } from '../../../domain/instant.ts'
import { heardBy } from '../../../domain/state/adoption.ts'
import { byPlace, type OwnHistory } from '../../../domain/state/ownHistory.ts'
import { type Reading, readStored, withoutPayload } from '../../../domain/state/reading.ts'
import { streamUnreadable } from '../../eventStore/readFailure.ts'
import type { RecordedEvent, Revision } from '../../eventStore/recordedEvent.ts'
import { streamOf } from '../../ledger/streams.ts'
import { readUpTo } from '../users/inLogOrder.ts'
import { inTurns } from '../users/inTurns.ts'
import type { SettledStory } from '../users/settled.ts'
import type { EvidenceSources } from './sources.ts'

/** What had been recorded of a user by a time. */
export interface KnownEvents {
  /** His stream, read, without the payloads. */
  readonly history: OwnHistory
  /** The last of his stream; -1 where that held nothing. */
  readonly last: Revision
  /** Those of the stream of the unattributed that count among his, in its order. */
  readonly orphans: readonly RecordedEvent[]
}

/**
 * Reads what had been recorded of a user by `knownAt`, an event at a time; `look` is shown each, and says whether to go on.
 * `null` where it says no. Throws where his stream does not show all that it held.
 */
export const knownEvents = async (
  { store, corrections: known }: EvidenceSources,
  userId: UserId,
  story: SettledStory,
  knownAt: Instant,
  isAwaited: () => boolean,
  look: (event: RecordedEvent) => boolean,
): Promise<KnownEvents | null> => {
  const corrections = known()
  const readOwn = readStored(corrections)
  const times = readTimes(corrections)
  const arrived: Reading[] = []
  const unreadable: UnreadableEvent[] = []
  let last = -1
  for await (const event of inTurns(readUpTo(store, streamOf(userId), 0, story.last), isAwaited)) {
    const recordedAt = times(event)?.recordedAt
    if (recordedAt !== undefined && !isBy(recordedAt, knownAt)) break
    if (event.revision !== last + 1) {
      throw streamUnreadable(`${streamOf(userId)} does not show its event at revision ${last + 1}`)
    }
    if (!look(event)) return null
    const reading = readOwn(event, userId)
    if (E.isRight(reading)) arrived.push(withoutPayload(reading.right))
    else unreadable.push(reading.left)
    last = event.revision
  }
  const history = { arrived, sorted: arrived.toSorted(byPlace), unreadable, complete: true }
  const orphans = heardBy(userId, history, knownBy(story.orphans, knownAt, times))
  return orphans.every(look) ? { history, last, orphans } : null
}
