import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import { formatMilliseconds, type Instant, minutes } from '../../domain/instant.ts'
import { mayErase, mayEraseOfNobody } from '../../domain/retention/mayErase.ts'
import type { RetentionPolicy } from '../../domain/retention/policy.ts'
import type { Clock } from '../clock/clock.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { RecordedEvent, StreamName } from '../eventStore/recordedEvent.ts'
import { recordedAtOf } from '../ledger/recordedAt.ts'
import { HOLDS, streamOf, UNATTRIBUTED } from '../ledger/streams.ts'
import type { ReadModelReader } from '../readModel/database/reader.ts'
import type { ReadModel } from '../readModel/readModel.ts'
import type { Judging } from './judging.ts'

/** So long the read model may trail the log. */
const REACHES_WITHIN_MS = 5000
const DAY_MINUTES = 24 * 60

const BEHIND = 'the read model is catching up with the log'

interface JudgingBy {
  /** As it stands. */
  readonly store: Pick<EventStore, 'readStream'>
  readonly readModel: Pick<ReadModel, 'reader' | 'hasCaughtUp' | 'reached'>
  readonly policy: RetentionPolicy | null
  readonly now: Clock
}

/**
 * Judges by what the read model holds of the facts of users and of legal holds, once that has come to all that the log says of the
 * user: his stream, events of nobody, and holds.
 */
export const judgeByReadModel = ({ store, readModel, policy, now }: JudgingBy): Judging => {
  const lastOf = async (stream: StreamName): Promise<RecordedEvent | undefined> => {
    const [last] = await Array.fromAsync(store.readStream(stream, { direction: 'backwards', limit: 1 }))
    return last
  }
  const model = (): ReadModelReader => {
    const reader = readModel.hasCaughtUp() ? readModel.reader() : null
    if (reader === null) throw new Error(BEHIND)
    return reader
  }
  const user = async (userId: UserId): ReturnType<Judging['user']> => {
    const last = await lastOf(streamOf(userId))
    for (const event of [last, await lastOf(UNATTRIBUTED), await lastOf(HOLDS)]) {
      if (event !== undefined && !(await readModel.reached(event.position, REACHES_WITHIN_MS))) throw new Error(BEHIND)
    }
    const known = model().retentionOf(userId)
    const ground =
      known === null ? E.left('no event of this user is known') : mayErase(known.facts, policy, known.holds, now())
    return { ground, isHeld: known !== null && known.holds.length > 0, revision: last?.revision ?? -1 }
  }
  return {
    user,
    lastOfHolds: async () => (await lastOf(HOLDS))?.revision ?? -1,
    ofNobody: (event) => {
      if (model().hasHearers(event.revision)) return E.left('the state of a user rests on the event')
      return mayEraseOfNobody(recordedAtOf(event), policy, now())
    },
    due: (after, most) => {
      const tomorrow = (now() + minutes(DAY_MINUTES)) as Instant
      const erasureDueBefore = formatMilliseconds(tomorrow).slice(0, 10)
      const filter = {
        status: null,
        reviewDueBefore: null,
        anomaly: null,
        drift: null,
        pendingSince: null,
        after,
        limit: most,
        erasureDueBefore,
      }
      return model()
        .dueUsers(filter)
        .map(({ userId, onHold }) => ({ userId, onHold }))
    },
    wholesAbout: (userId) => readModel.reader()?.wholesAbout(userId) ?? [],
    erasedInWholes: (most) => model().erasedInWholes(most),
  }
}
