import { join } from 'node:path'
import { expect } from 'chai'
import { foldHistory } from '../../../domain/state/fold.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import { type OwnHistory, readHistory } from '../../../domain/state/ownHistory.ts'
import type { Reading } from '../../../domain/state/reading.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { openReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { type KeptReadings, keptReadings } from '../../../src/readModel/projection/keptReadings.ts'
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
const hasPayload = (reading: Reading): unknown =>
  reading._tag === 'WebhookReading' ? 'payload' in reading.event.webhook : null
/** What is given once so many more have come of a state than are held, one by one; the read model keeps the first `from`. */
const grown = (readings: KeptReadings, from: number, count: number): (readonly Reading[])[] => {
  const given: (readonly Reading[])[] = []
  const { arrived } = historyOf(from + count)
  let before = stateOf(historyOf(from))
  readings.keep(before, historyOf(from), from)
  for (let length = from + 1; length <= from + count; length++) {
    const after = stateOf(historyOf(length))
    const full = readings.add(before, arrived[length - 1] as Reading, after)
    if (full !== null) given.push(full)
    before = after
  }
  return given
}

describe('what came of users with long histories after what the read model keeps', () => {
  it('is held without payloads, and given once it is as much as is kept at a time', () => {
    const given = grown(keptReadings(), 24, 49)
    expect(given.map((readings) => readings.map(({ event }) => event.revision))).to.deep.equal([
      Array.from({ length: 24 }, (_, index) => 24 + index),
      Array.from({ length: 24 }, (_, index) => 48 + index),
    ])
    expect(given.flat().filter(hasPayload)).to.deep.equal([])
  })

  it('begins with what of a history that was read is not kept, without payloads', () => {
    const readings = keptReadings()
    const history = historyOf(48)
    const [state, next] = [stateOf(history), stateOf(historyOf(49))]
    readings.keep(state, history, 24)
    const full = readings.add(state, historyOf(49).arrived[48] as Reading, next)
    expect(full?.map(({ event }) => event.revision)).to.deep.equal(Array.from({ length: 24 }, (_, index) => 24 + index))
    expect(full?.filter(hasPayload)).to.deep.equal([])
  })

  it('is nothing of a short history, of which the read model keeps nothing', () => {
    expect(grown(keptReadings(), 0, 60)).to.deep.equal([])
  })

  it('is of no other state, and grows by nothing that another one was folded from', () => {
    const readings = keptReadings()
    const history = historyOf(48)
    const [state, other] = [stateOf(history), stateOf(history)]
    readings.keep(state, history, 24)
    const { arrived } = historyOf(49)
    expect(readings.add(other, arrived[48] as Reading, stateOf(historyOf(49)))).to.equal(null)
    expect(readings.add(state, arrived[48] as Reading, other)).to.have.length(24)
  })

  it('is of the 512 users who were heard of last, until it is cleared', () => {
    const readings = keptReadings()
    const history = historyOf(48)
    const last = historyOf(49).arrived[48] as Reading
    const state = stateOf(history)
    const states = Array.from({ length: 513 }, (_, index) => ({ ...state, userId: userId(`${index + 1}`) }))
    for (const one of states) readings.keep(one, history, 24)
    const [first, second, third] = states as [KycState, KycState, KycState]
    expect(readings.add(first, last, first)).to.equal(null)
    expect(readings.add(second, last, second)).to.have.length(24)
    readings.clear()
    expect(readings.add(third, last, third)).to.equal(null)
  })

  for (const [what, part] of [
    ['of which some could not be read', { unreadable: [{ _tag: 'UnreadableEvent', eventId: 'x', revision: 2 }] }],
    ['of which some are missing', { complete: false }],
    ['of which more is not kept than is held', { arrived: historyOf(49).arrived }],
  ] as const) {
    it(`is not held of a history ${what}`, () => {
      const readings = keptReadings()
      const history = historyOf(48)
      const state = stateOf(history)
      readings.keep(state, { ...history, ...part }, 24)
      expect(readings.add(state, historyOf(49).arrived[48] as Reading, state)).to.equal(null)
    })
  }

  it('is forgotten of a user who is erased', async () => {
    const directory = newDirectory()
    const store = right(await openSqliteEventStore({ file: join(directory, 'events.db') })())
    const model = openReadModelWriter(join(directory, 'read-model.db'))
    try {
      const readings = keptReadings()
      const run = await newRun(store, model, { readings })
      const stream = recordedStream(ANNA, hours(49))
      const news = stream.map(({ eventId, data, metadata }) => ({ eventId, type: 'x', data, metadata }))
      const project = async (from: number): Promise<void> => {
        const events = (await Array.fromAsync(store.readAll())).flat().slice(from)
        await projectBatch(run, events, events.at(-1)?.position ?? '')
      }
      right(await store.append(`kyc-${ANNA}`, 'no-stream', news.slice(0, 24))())
      await project(0)
      right(await store.append(`kyc-${ANNA}`, 23, news.slice(24, 48))())
      await project(24)
      const state = run.states.get(ANNA) as KycState
      const last = historyOf(49).arrived[48] as Reading
      expect(readings.add(state, last, state)).to.have.length(24)
      await recordErased(store, `kyc-${ANNA}`)
      await project(48)
      // Otherwise as many would be held by now as are given.
      for (let more = 0; more < 24; more++) expect(readings.add(state, last, state)).to.equal(null)
    } finally {
      model.close()
      await store.close()
    }
  })
})
