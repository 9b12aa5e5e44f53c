import type { UserId } from '../../../domain/identifiers.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import { KYC_STATUS, rowOf } from '../../../projections/kycStatus.ts'
import type { Position, RecordedEvent, StreamName } from '../../eventStore/recordedEvent.ts'
import { readClockCorrected } from '../../ledger/clockCorrected.ts'
import { hearErasures } from '../../ledger/erased.ts'
import { readHoldEvent } from '../../ledger/holds.ts'
import { isRecordOfCopy } from '../../ledger/logIdentity.ts'
import { readMeaning } from '../../ledger/meaning.ts'
import { ERASURES, HOLDS, isShared, streamOf, UNATTRIBUTED, userOfStream } from '../../ledger/streams.ts'
import { alteredIn } from '../uncertain.ts'
import { type Batch, isErased, newBatch, type Run } from './batch.ts'
import { dropKept, isSound, putAhead, putKept } from './keeping.ts'
import { learnOfClocks, lookAgainAt } from './lookAgain.ts'
import { noteChanged } from './noteChange.ts'
import { projectErasure } from './projectErasure.ts'
import { projectEvent } from './projectEvent.ts'
import { projectUnattributed } from './projectUnattributed.ts'
import { projectWhole } from './projectWhole.ts'
import { foldStrangers } from './refold.ts'
import { ofUser } from './uncertainUser.ts'

const put = (batch: Batch, userId: UserId, state: KycState): void => {
  if (state.altered.length > 0) batch.run.uncertainStreams.note(alteredIn(streamOf(userId), state.altered))
  const row = ofUser(batch, userId, state.revision, () => rowOf(state))
  if (!('body' in row)) noteChanged(batch, userId, false)
  if ('body' in row && isSound(state)) putKept(batch, userId)
  else dropKept(batch, userId)
  batch.run.model.put('body' in row ? row : rowOf(row))
}

/** Notes of whom something else is told now than where the read model stood, and by which version from where on. */
const putChanges = (batch: Batch, events: readonly RecordedEvent[]): void => {
  const { model } = batch.run
  const told = model.checkpoint()
  for (const [userId, change] of batch.changes) {
    // What is known ahead of an erasure is told where the log comes to it.
    if (!isErased(batch, userId) || batch.erasedUsers.includes(userId)) model.putChange(userId, change, told)
  }
  model.heardOf([...batch.changed.keys(), ...batch.ahead.keys()], batch.position)
  for (const event of events) {
    const version = readMeaning(event)
    if (version !== null) model.heardMeaning(version, version === KYC_STATUS.version, event.position)
  }
}

/** Takes note of what the batch says of erasures, before anything of it is projected. */
const hearOfErasures = async ({ store, erased }: Run, events: readonly RecordedEvent[]): Promise<void> => {
  const records = events.filter(({ stream }) => stream === ERASURES)
  if (records.length > 0) await hearErasures(store, erased)
  for (const record of records) erased.hear(record)
}

/** An event that goes with its user would be missed in the log, and is no event that anything rests on. */
const restsOn = (run: Run, event: RecordedEvent): boolean => {
  const userId = userOfStream(event.stream)
  return !isRecordOfCopy(event) && (userId === null || !isErased({ run }, userId))
}

/**
 * Brings the read model up to `position`, in one transaction of rows and checkpoint: with the events up to there, and with
 * what the `altered` streams show now. Where it throws, all is as before. Gives the users whose rows went.
 */
export const projectBatch = async (
  run: Run,
  events: readonly RecordedEvent[],
  position: Position,
  altered: readonly StreamName[] = [],
): Promise<readonly UserId[]> => {
  const { model, states, readings } = run
  await hearOfErasures(run, events)
  const furthest = events.findLast((event) => restsOn(run, event)) ?? null
  const batch = newBatch(run, position, furthest)
  const strangers = await foldStrangers(batch, events)
  model.begin()
  try {
    for (const event of events) {
      batch.cause = event.position
      const userId = userOfStream(event.stream)
      if (userId !== null) await projectEvent(batch, userId, event, strangers)
      else if (event.stream === UNATTRIBUTED) await projectUnattributed(batch, event)
      else if (isShared(event.stream)) projectWhole(batch, event)
      else if (event.stream === HOLDS) model.putHold(event.revision, readHoldEvent(event))
      else await projectErasure(batch, event)
    }
    const clocks = events.find((event) => readClockCorrected(event) !== null)
    batch.cause = clocks?.position ?? position
    if (clocks !== undefined) await learnOfClocks(batch)
    batch.cause = position
    for (const stream of altered) await lookAgainAt(batch, stream)
    for (const [userId, folded] of batch.ahead) {
      if (batch.changed.has(userId) || isErased(batch, userId)) continue
      model.put(folded.row)
      putAhead(batch, userId, folded)
    }
    for (const [userId, state] of batch.changed) if (!isErased(batch, userId)) put(batch, userId, state)
    putChanges(batch, events)
    if (batch.furthest !== null) model.readTo(batch.furthest)
    model.commit(position, events.at(-1)?.position ?? null)
  } catch (error) {
    model.rollback()
    throw error
  }
  for (const [userId, state] of batch.changed) {
    if (batch.uncertainUsers.has(userId) || isErased(batch, userId)) states.delete(userId)
    else states.set(userId, state)
  }
  for (const userId of batch.erasedUsers) {
    states.delete(userId)
    readings.forget(userId)
  }
  return batch.erasedUsers
}
