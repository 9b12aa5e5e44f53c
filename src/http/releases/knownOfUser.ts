import type { Response } from 'express'
import { readTimes } from '../../../domain/answer/question.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { type Instant, later } from '../../../domain/instant.ts'
import { foldHistory } from '../../../domain/state/fold.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import { readHistory } from '../../../domain/state/ownHistory.ts'
import type { NewEvent } from '../../eventStore/recordedEvent.ts'
import { asAppended } from '../../ledger/recordOwn.ts'
import type { KnownOfUser } from '../../ledger/releases.ts'
import { folding, foldingLong } from '../users/folding.ts'
import { ownReader } from '../users/ownReader.ts'
import { settledEvents } from '../users/settled.ts'
import { currentModel, type Sources } from '../users/sources.ts'

/** What the log holds of a user now, folded; `null` after 503 was answered. */
export const knownOfUser = async (sources: Sources, res: Response, userId: UserId): Promise<KnownOfUser | null> => {
  if (currentModel(sources, res) === null) return null
  const events = await settledEvents(sources, res, userId)
  if (events === null) return null
  const { own, orphans, corrections } = events
  const { readOwn, history: historyOf } = ownReader(corrections)
  const history = await foldingLong(() => historyOf(own, userId))
  const last = own.at(-1)
  const times = readTimes(corrections)
  const stateWith = (event: NewEvent): KycState => {
    const appended = [...own, ...asAppended(userId, last, [event])]
    return folding(() => foldHistory(userId, readHistory(userId, appended, readOwn), orphans, { corrections }))
  }
  return {
    revision: last?.revision ?? -1,
    position: last?.position ?? null,
    recordedAt: [...own, ...orphans].reduce<Instant | null>(
      (latest, event) => later(latest, times(event)?.recordedAt ?? null),
      null,
    ),
    events: history.arrived.map(({ event }) => event),
    state: folding(() => foldHistory(userId, history, orphans, { corrections })),
    stateWith,
  }
}
