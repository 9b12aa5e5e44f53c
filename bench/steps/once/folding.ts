import type { KnownEvent } from '../../../domain/event/kycEvent.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { evolve, isInOrder } from '../../../domain/state/evolve.ts'
import { foldHistory } from '../../../domain/state/fold.ts'
import { initialState, type KycState } from '../../../domain/state/kycState.ts'
import { readHistory } from '../../../domain/state/ownHistory.ts'
import { type Reading, readWebhook } from '../../../domain/state/reading.ts'
import type { Interpretation } from '../../../domain/treezor/meaning.ts'
import { newDocuments, rowOf } from '../../../projections/kycStatus.ts'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import type { Standing } from '../../../src/ingest/streamHead.ts'
import type { ReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { type Batch, newBatch, type Run } from '../../../src/readModel/projection/batch.ts'
import { keptStates } from '../../../src/readModel/projection/keptStates.ts'
import { noteChange, toldBy } from '../../../src/readModel/projection/noteChange.ts'
import type { Webhook } from '../../../src/webhooks/envelope.ts'

/** An event as it was appended, with all that was found out to decide on it. */
export interface Heard {
  readonly userId: UserId
  readonly standing: Standing
  readonly known: KnownEvent
  readonly webhook: Webhook
  readonly interpretation: Interpretation
}

/** When a row is written: once for each event, or once for all events of a user that come until the transaction ends. */
export type Rows = 'each' | 'together'

const readingOf = ({ userId, standing, known, webhook, interpretation }: Heard): Reading => {
  const { name, objectId, payload } = webhook
  const { eventId, revision, position } = standing
  return readWebhook(
    { ...known, _tag: 'Webhook', eventId, revision, position, webhook: { name, objectId, payload }, interpretation },
    userId,
  )
}

/**
 * What the projection makes of events, without reading any of them again: no row of the log, no hash, no text, no meaning. It takes events of users alone, which
 * are what the load brings; anything else throws where it is decided on.
 */
export const folding = (model: ReadModelWriter, eventsOf: (userId: UserId) => readonly RecordedEvent[], rows: Rows) => {
  const states = keptStates()
  let batch: Batch | null = null
  let last: Standing | null = null

  const begun = (): Batch => {
    if (batch === null) {
      model.begin()
      batch = newBatch({ model } as Run, '', null)
    }
    return batch
  }

  const foldAll = (userId: UserId): KycState => foldHistory(userId, readHistory(userId, eventsOf(userId)), [])

  /** What comes late is put among all that came before, as it stands in the log: to keep what that said costs more. */
  const withNext = (before: KycState, reading: Reading): KycState =>
    isInOrder(before, reading.place) ? evolve(before, reading) : foldAll(before.userId)

  const hear = (heard: Heard): void => {
    const { userId, standing } = heard
    const under = begun()
    under.cause = standing.position
    last = standing
    const before = under.changed.get(userId) ?? states.get(userId)
    // It was among what was read to the end of the stream.
    if (before !== undefined && before.revision >= standing.revision) return
    let after: KycState
    if (before !== undefined && before.revision + 1 === standing.revision) after = withNext(before, readingOf(heard))
    else if (before === undefined && standing.revision === 0) after = withNext(initialState(userId), readingOf(heard))
    else after = foldAll(userId)
    noteChange(under, userId, before && toldBy(before), toldBy(after))
    under.changed.set(userId, after)
    for (const documentId of newDocuments(before ?? initialState(userId), after)) model.addOwner(documentId, userId)
    if (rows === 'each') model.put(rowOf(after))
  }

  const commit = (): void => {
    if (batch === null || last === null) return
    const told = model.checkpoint()
    if (rows === 'together') for (const state of batch.changed.values()) model.put(rowOf(state))
    for (const [userId, change] of batch.changes) model.putChange(userId, change, told)
    model.heardOf(batch.changed.keys(), last.position)
    model.readTo(last)
    model.commit(last.position, last.position)
    for (const [userId, state] of batch.changed) states.set(userId, state)
    batch = null
  }

  return { hear, commit }
}
