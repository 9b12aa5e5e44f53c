import { join } from 'node:path'
import { expect } from 'chai'
import type { UserId } from '../../../domain/identifiers.ts'
import { fold } from '../../../domain/state/fold.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { withoutTexts } from '../../../src/eventStore/withoutTexts.ts'
import { Erased } from '../../../src/ledger/erased.ts'
import { ERASURES } from '../../../src/ledger/streams.ts'
import { openReadModelSnapshot } from '../../../src/readModel/database/snapshot.ts'
import { openReadModelWriter, type ReadModelWriter } from '../../../src/readModel/database/writer.ts'
import type { Run } from '../../../src/readModel/projection/batch.ts'
import { type FoldedStream, foldStream } from '../../../src/readModel/projection/foldedStream.ts'
import { projectBatch } from '../../../src/readModel/projection/projectBatch.ts'
import { recordErased } from '../../support/erasures/recordErased.ts'
import { storedEvent, userId } from '../../support/events/storedEvents.ts'
import { newRun } from '../../support/pipeline/projecting.ts'
import { right } from '../../support/right.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporaryDirectory.ts'

const ANNA = userId('101')
const STREAM = `kyc-${ANNA}`
const START = 1_719_472_439_902

describe('a user whose stream was folded ahead of the log', () => {
  let directory: TemporaryDirectory
  let store: EventStore
  let model: ReadModelWriter
  let events: number
  const file = (): string => join(directory.path, 'read-model.db')
  beforeEach(async () => {
    directory = await temporaryDirectory()
    store = right(await openSqliteEventStore({ file: join(directory.path, 'events.db') })())
    model = openReadModelWriter(file())
    events = 0
  })
  afterEach(async () => {
    model.close()
    await store.close()
    await directory.remove()
  })

  const arrive = async (...reviews: readonly string[]): Promise<void> => {
    for (const kycReview of reviews) {
      const revision = events++
      const webhook = {
        webhook: 'user.kycreview',
        webhook_id: `of ${revision}`,
        webhook_created_at: START + revision * 3_600_000,
        object_id: ANNA,
        object_payload: { users: [{ userId: ANNA, kycReview, userTag: `${revision}` }] },
      }
      const { eventId, data, metadata } = storedEvent(webhook, { user: ANNA, revision })
      const expected = revision === 0 ? 'no-stream' : revision - 1
      right(await store.append(STREAM, expected, [{ eventId, type: 'x', data, metadata }])())
    }
  }
  const log = async (): Promise<readonly RecordedEvent[]> => (await Array.fromAsync(store.readAll())).flat()
  const runOf = (ahead: FoldedStream | null, change: Partial<Run> = {}): Promise<Run> =>
    newRun(store, model, {
      threads: () => ({
        expect: () => undefined,
        forget: () => undefined,
        take: async () => ahead,
        close: async () => undefined,
      }),
      ...change,
    })
  const project = (run: Run, batch: readonly RecordedEvent[]): Promise<readonly UserId[]> =>
    projectBatch(run, batch, batch.at(-1)?.position ?? '')
  const folded = async () => fold(ANNA, await Array.fromAsync(store.readStream(STREAM)))

  for (const [how, given] of [
    ['as it stands', (event: RecordedEvent) => event],
    ['without its texts', withoutTexts],
  ] as const) {
    it(`is folded once more with an event that came after that, given ${how}`, async () => {
      await arrive('1')
      const ahead = await foldStream(store, ANNA, [])
      await arrive('2')
      const run = await runOf(ahead)
      const [first, second] = (await log()).map(given) as [RecordedEvent, RecordedEvent]
      await project(run, [first])
      expect([model.revisionOf(ANNA), model.toldOf(ANNA)?.status]).to.deep.equal([0, 'pending'])
      await project(run, [second])
      expect([model.revisionOf(ANNA), model.toldOf(ANNA)?.status]).to.deep.equal([1, 'validated'])
      expect(run.states.get(ANNA)).to.deep.equal(await folded())
    })
  }

  it('has been heard of', async () => {
    await arrive('1', '2')
    const heard: UserId[] = []
    const heardOf: ReadModelWriter['heardOf'] = (users) => void heard.push(...users)
    await project(await runOf(await foldStream(store, ANNA, []), { model: { ...model, heardOf } }), await log())
    expect(heard).to.deep.equal([ANNA])
  })

  it('is not written once it is known that he was erased, be it while the batch is made', async () => {
    await arrive('1', '2')
    const ahead = await foldStream(store, ANNA, [])
    const batch = await log()
    await recordErased(store, STREAM)
    const [record] = await Array.fromAsync(store.readStream(ERASURES))
    const erased = new Erased()
    const toldOf: ReadModelWriter['toldOf'] = (id) => {
      if (record !== undefined) erased.hear(record)
      return model.toldOf(id)
    }
    await project(await runOf(ahead, { erased, model: { ...model, toldOf } }), batch)
    expect(erased.users.has(ANNA)).to.equal(true)
    expect(model.revisionOf(ANNA)).to.equal(null)
  })

  it('has what his events say kept once, where he was folded once more in the same batch', async () => {
    await arrive(...Array.from({ length: 24 }, () => '1'))
    await project(await runOf(await foldStream(store, ANNA, [])), await log())
    await arrive(...Array.from({ length: 24 }, () => '1'))
    const ahead = await foldStream(store, ANNA, [])
    await arrive('2')
    await project(await runOf(ahead), (await log()).slice(24))
    expect(model.toldOf(ANNA)?.status).to.equal('validated')
    const snapshot = openReadModelSnapshot(file())
    const kept = [...snapshot.rows('reading')].map(({ first, next }) => [first, next])
    snapshot.close()
    expect(kept).to.deep.equal([
      [0, 24],
      [24, 49],
    ])
  })
})
