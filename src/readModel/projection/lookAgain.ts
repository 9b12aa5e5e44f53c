import type { RecordedEvent, StreamName } from '../../eventStore/recordedEvent.ts'
import { streamsWithin } from '../../ledger/clockRecords.ts'
import { UNATTRIBUTED, userOfStream } from '../../ledger/streams.ts'
import { type Batch, isErased, stateOf } from './batch.ts'
import { dropKept } from './keeping.ts'
import { projectUnattributed } from './projectUnattributed.ts'
import { refold } from './refold.ts'
import { takeOver } from './takeOver.ts'

/**
 * A stream that may not read as it did. Whom lost events of nobody would have spoken of cannot be known, but for those who
 * have heard them. Events of nobody that were altered once may be what was received again.
 */
export const lookAgainAt = async (batch: Batch, stream: StreamName): Promise<void> => {
  const { store, model, uncertainStreams } = batch.run
  const userId = userOfStream(stream)
  if (userId !== null) {
    if (isErased(batch, userId)) return
    // What was read of it before is none of what it shows now.
    batch.run.threads()?.forget([userId])
    dropKept(batch, userId)
    const state = await refold(batch, userId)
    const isHeardOf = state.events > 0 || state.flaws.length > 0 || model.revisionOf(userId) !== null
    return isHeardOf ? takeOver(batch, userId, stateOf(batch, userId), state) : undefined
  }
  const once = stream === UNATTRIBUTED ? model.unattributedWith('event-altered') : []
  const altered: RecordedEvent[] = []
  try {
    for await (const event of store.readStream(stream)) if (once.includes(event.revision)) altered.push(event)
  } catch (error) {
    uncertainStreams.tell(stream, error)
  }
  if (stream !== UNATTRIBUTED) return
  for (const event of altered) await projectUnattributed(batch, event)
  for (const hearer of model.hearers()) {
    await takeOver(batch, hearer, stateOf(batch, hearer), await refold(batch, hearer))
  }
}

/** What is newly known of wrong clocks changes what is known of everybody who was heard of meanwhile. */
export const learnOfClocks = async (batch: Batch): Promise<void> => {
  const { store, states, clocks } = batch.run
  await clocks.learn()
  states.clear()
  // They count from when they are known, which may have been before their record.
  batch.isToldAnew = true
  for (const [stream, events] of await streamsWithin(store, clocks.corrections())) {
    if (stream !== UNATTRIBUTED) await lookAgainAt(batch, stream)
    else for (const event of events) await projectUnattributed(batch, event)
  }
  batch.isToldAnew = false
}
