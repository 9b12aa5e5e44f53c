import { join } from 'node:path'
import { expect } from 'chai'
import { fold, foldHistory } from '../../../domain/state/fold.ts'
import { initialState, type KycState } from '../../../domain/state/kycState.ts'
import { type OwnHistory, readHistory } from '../../../domain/state/ownHistory.ts'
import type { Reading } from '../../../domain/state/reading.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { openReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { keptReadings } from '../../../src/readModel/projection/keptReadings.ts'
import { projectBatch } from '../../../src/readModel/projection/projectBatch.ts'
import { recordErased } from '../../support/erasures/recordErased.ts'
import { recordedStream, userId } from '../../support/events/storedEvents.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { newRun } from '../../support/pipeline/projecting.ts'
import { right } from '../../support/right.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'

const ANNA = userId('101')

const update = (hour: number): WebhookJson => ({
  webhook: 'user.update',
  webhook_id: `of ${hour}`,
  webhook_created_at: 1_719_472_439_902 + hour * 3_600_000,
  object_id: ANNA,
  object_payload: { users: [{ userId: ANNA, kycReview: hour % 2 === 0 ? '2' : '1', userTag: `${hour}` }] },
})
const hours = (count: number): readonly WebhookJson[] => Array.from({ length: count }, (_, hour) => update(hour))
const historyOf = (count: number): OwnHistory => readHistory(ANNA, recordedStream(ANNA, hours(count)))
const stateOf = (history: OwnHistory): KycState => foldHistory(ANNA, history, [])
const payloadsOf = (readings: readonly Reading[] | null): readonly unknown[] | undefined =>
  readings?.map((reading) => (reading._tag === 'WebhookReading' ? 'payload' in reading.event.webhook : null))

describe('what states were folded from', () => {
  it('is kept with the state that it was folded to, and with the next one, without payloads', () => {
    const [before, after] = [historyOf(2), historyOf(3)]
    const [state, next] = [stateOf(before), stateOf(after)]
    const last = after.arrived[2] as Reading
    const readings = keptReadings()
    readings.keep(state, before)
    expect(payloadsOf(readings.of(state))).to.deep.equal([false, false])
    readings.add(state, last, next)
    expect(payloadsOf(readings.of(next))).to.deep.equal([false, false, false])
    expect(readings.of(next)?.[2]).to.equal(last)
    expect(readings.of(state), 'of the one before').to.equal(null)
  })

  it('is of no other state, and grows by nothing that another one was folded from', () => {
    const history = historyOf(2)
    const readings = keptReadings()
    const [state, other] = [stateOf(history), stateOf(history)]
    readings.keep(state, history)
    expect(readings.of(other)).to.equal(null)
    readings.add(other, historyOf(3).arrived[2] as Reading, initialState(ANNA))
    expect(readings.of(state)).to.have.length(2)
  })

  for (const [what, part] of [
    ['of which some could not be read', { unreadable: [{ _tag: 'UnreadableEvent', eventId: 'x', revision: 2 }] }],
    ['of which some are missing', { complete: false }],
    ['that is long', { arrived: historyOf(25).arrived }],
  ] as const) {
    it(`is not kept of a history ${what}`, () => {
      const state = initialState(ANNA)
      const readings = keptReadings()
      readings.keep(state, { ...historyOf(2), ...part })
      expect(readings.of(state)).to.equal(null)
    })
  }

  it('is not kept while the end of the log is far', () => {
    let isFar = true
    const readings = keptReadings(() => isFar)
    const [before, after] = [historyOf(2), historyOf(3)]
    const [state, next] = [stateOf(before), stateOf(after)]
    readings.keep(state, before)
    readings.add(state, after.arrived[2] as Reading, next)
    expect([readings.of(state), readings.of(next)]).to.deep.equal([null, null])
    isFar = false
    readings.keep(state, before)
    expect(readings.of(state)).to.have.length(2)
  })

  it('is kept no more once the history is long', () => {
    const history = historyOf(25)
    const [state, next] = [initialState(ANNA), stateOf(history)]
    const readings = keptReadings()
    readings.keep(state, { ...history, arrived: history.arrived.slice(0, 24) })
    expect(readings.of(state)).to.have.length(24)
    readings.add(state, history.arrived[24] as Reading, next)
    expect(readings.of(next)).to.equal(null)
  })

  it('is forgotten of a user who is erased', async () => {
    const directory = newDirectory()
    const store = right(await openSqliteEventStore({ file: join(directory, 'events.db') })())
    const model = openReadModelWriter(join(directory, 'read-model.db'))
    try {
      const run = await newRun(store, model)
      const stream = recordedStream(ANNA, hours(3))
      const news = stream.map(({ eventId, data, metadata }) => ({ eventId, type: 'x', data, metadata }))
      right(await store.append(`kyc-${ANNA}`, 'no-stream', news)())
      const [events = []] = await Array.fromAsync(store.readAll())
      await projectBatch(run, events, events.at(-1)?.position ?? '')
      const state = run.states.get(ANNA) as KycState
      expect(state).to.deep.equal(fold(ANNA, events))
      expect(run.readings.of(state)).to.have.length(3)
      await recordErased(store, `kyc-${ANNA}`)
      const records = (await Array.fromAsync(store.readAll())).flat().slice(events.length)
      await projectBatch(run, records, records.at(-1)?.position ?? '')
      expect(run.readings.of(state)).to.equal(null)
    } finally {
      model.close()
      await store.close()
    }
  })
})
