import type { UserId } from '../../../domain/identifiers.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import { rowOf } from '../../../projections/kycStatus.ts'
import type { Position, RecordedEvent, StreamName } from '../../eventStore/recordedEvent.ts'
import { readClockCorrected } from '../../ledger/clockCorrected.ts'
import { isRecordOfCopy } from '../../ledger/logIdentity.ts'
import { streamOf, UNATTRIBUTED, userOfStream } from '../../ledger/streams.ts'
import { alteredIn } from '../uncertain.ts'
import type { Batch, Run } from './batch.ts'
import { learnOfClocks, lookAgainAt } from './lookAgain.ts'
import { projectEvent } from './projectEvent.ts'
import { projectUnattributed } from './projectUnattributed.ts'
import { foldStrangers } from './refold.ts'
import { ofUser } from './uncertainUser.ts'

const put = (batch: Batch, userId: UserId, state: KycState): void => {
  if (state.altered.length > 0) batch.run.uncertainStreams.note(alteredIn(streamOf(userId), state.altered))
  const row = ofUser(batch, userId, state.revision, () => rowOf(state))
  batch.run.model.put('body' in row ? row : rowOf(row))
}

/**
 * Brings the read model up to `position`, in one transaction of rows and checkpoint: with the events up to there, and with
 * what the `altered` streams show now. Where it throws, all is as before.
 */
export const projectBatch = async (
  run: Run,
  events: readonly RecordedEvent[],
  position: Position,
  altered: readonly StreamName[] = [],
): Promise<void> => {
  const { model, states } = run
  const furthest = events.findLast((event) => !isRecordOfCopy(event)) ?? null
  const batch: Batch = { run, changed: new Map(), uncertainUsers: new Set(), furthest }
  const strangers = await foldStrangers(batch, events)
  model.begin()
  try {
    for (const event of events) {
      const userId = userOfStream(event.stream)
      if (userId !== null) await projectEvent(batch, userId, event, strangers)
      else if (event.stream === UNATTRIBUTED) await projectUnattributed(batch, event)
    }
    if (events.some((event) => readClockCorrected(event) !== null)) await learnOfClocks(batch)
    for (const stream of altered) await lookAgainAt(batch, stream)
    for (const [userId, state] of batch.changed) put(batch, userId, state)
    if (batch.furthest !== null) model.readTo(batch.furthest)
    model.commit(position, events.at(-1)?.position ?? null)
  } catch (error) {
    model.rollback()
    throw error
  }
  for (const [userId, state] of batch.changed) {
    if (batch.uncertainUsers.has(userId)) states.delete(userId)
    else states.set(userId, state)
  }
}
