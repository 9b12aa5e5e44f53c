import { join } from 'node:path'
import { expect } from 'chai'
import { fold } from '../../../domain/state/fold.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { withoutTexts } from '../../../src/eventStore/withoutTexts.ts'
import { openReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { projectBatch } from '../../../src/readModel/projection/projectBatch.ts'
import { recordedStream, userId } from '../../support/events/storedEvents.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { newRun } from '../../support/pipeline/projecting.ts'
import { right } from '../../support/right.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'

const ANNA = userId('101')

const reviewed = (kycReview: string, hour: number): WebhookJson => ({
  webhook: 'user.kycreview',
  webhook_id: `of ${hour}`,
  webhook_created_at: 1_719_472_439_902 + hour * 3_600_000,
  object_id: ANNA,
  object_payload: { users: [{ userId: ANNA, kycReview }] },
})

describe('an event of a user whose state is kept', () => {
  it('is read in his stream, and no other of it, where the log gives it without its texts', async () => {
    const directory = newDirectory()
    const store = right(await openSqliteEventStore({ file: join(directory, 'events.db') })())
    const model = openReadModelWriter(join(directory, 'read-model.db'))
    try {
      let read = 0
      const counting: EventStore = {
        ...store,
        async *readStream(...asked) {
          for await (const event of store.readStream(...asked)) {
            read += 1
            yield event
          }
        },
      }
      const run = await newRun(counting, model)
      const stream = recordedStream(ANNA, [reviewed('1', 1), reviewed('2', 2)])
      for (const [index, { eventId, data, metadata }] of stream.entries()) {
        const expected = index === 0 ? 'no-stream' : index - 1
        right(await store.append(`kyc-${ANNA}`, expected, [{ eventId, type: 'x', data, metadata }])())
        const event = (await Array.fromAsync(store.readAll())).flat().at(-1)
        if (event !== undefined) await projectBatch(run, [withoutTexts(event)], event.position)
      }
      expect(read).to.equal(2)
      expect(run.states.get(ANNA)).to.deep.equal(fold(ANNA, await Array.fromAsync(store.readStream(`kyc-${ANNA}`))))
      expect(run.states.get(ANNA)?.word.status).to.equal('validated')
      expect(run.uncertainStreams.news()).to.deep.equal({})
    } finally {
      model.close()
      await store.close()
    }
  })
})
