import { expect } from 'chai'
import { NO_CORRECTIONS } from '../../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../../domain/identifiers.ts'
import { asRead } from '../../../../src/eventStore/asRead.ts'
import type { RecordedEvent } from '../../../../src/eventStore/recordedEvent.ts'
import { keptStories } from '../../../../src/http/users/aside/keptStories.ts'
import { tellHistory, tellStatus } from '../../../../src/http/users/aside/tell.ts'
import { streamOf, UNATTRIBUTED } from '../../../../src/ledger/streams.ts'
import { keptStreams } from '../../../../src/readModel/userEvents.ts'
import { instant } from '../../../support/events/storedEvents.ts'
import { newCast, openPipeline, type Pipeline } from '../../../support/pipeline/pipeline.ts'
import { tellDays } from '../../../support/pipeline/tellDays.ts'

const RECORDED_AT = instant('2025-01-01T00:00:00Z')
const DAYS = [1, 2, 3, 4]
const EVENTS = DAYS.length

describe('what a thread says of how a user stood', () => {
  let pipeline: Pipeline
  let userId: UserId
  before(async () => {
    pipeline = await openPipeline()
    userId = newCast().user as UserId
    await tellDays(pipeline, userId, DAYS, RECORDED_AT)
  })
  after(() => pipeline.close())

  const stories = () => keptStories(pipeline.store, () => undefined)
  const tell = (last: number, streams = keptStreams(), awaited = () => true) =>
    tellStatus(
      pipeline.store,
      streams,
      stories(),
      { userId, last, orphans: [], readModel: null, asOf: null, knownAt: null },
      NO_CORRECTIONS,
      awaited,
    )

  it('is of the events that it was asked about, however many more are there, or kept', async () => {
    const streams = keptStreams()
    const all = await tell(EVENTS - 1, streams)
    const early = await tell(1, streams)
    expect(streams.get(userId)?.length).to.equal(EVENTS)
    expect(early).not.to.deep.equal(all)
    expect(early).to.deep.equal(await tell(1))
    expect(await tell(EVENTS - 1, streams)).to.deep.equal(all)
  })

  it('is nothing where the stream shows less than that', async () => {
    const failed = await tell(EVENTS).catch((error: Error) => error)
    expect(failed).to.be.an('error')
  })

  it('says which of the events of nobody, which came from another thread, are not what was received', async () => {
    const [event] = await Array.fromAsync(pipeline.store.readStream(streamOf(userId), { limit: 1 }))
    for (const isAltered of [true, false]) {
      const data = isAltered ? event?.data.replaceAll('2', '3') : event?.data
      const orphans = [structuredClone({ ...event, eventId: 'nobody', stream: UNATTRIBUTED, data } as RecordedEvent)]
      const asked = { userId, last: 0, orphans, readModel: null }
      const altered = isAltered ? ['nobody'] : []
      const all = { ...asked, from: 0, fromUnattributed: 0, most: null }
      const [lines] = await Array.fromAsync(tellHistory(pipeline.store, stories(), all, NO_CORRECTIONS, () => true))
      expect(lines?.altered.map(({ eventId }) => eventId)).to.deep.equal(altered)
    }
  })

  it('says which of his own events are not what was received', async () => {
    const ids: string[] = []
    const store: typeof pipeline.store = {
      ...pipeline.store,
      async *readStream(...asked) {
        for await (const event of pipeline.store.readStream(...asked)) {
          const { eventId, data, stream, revision, position } = event
          ids.push(eventId)
          yield asRead({ ...event, data: data.replaceAll('2', '3') }, stream, revision, position)
        }
      },
    }
    const asked = { userId, last: EVENTS - 1, orphans: [], readModel: null, asOf: null, knownAt: null }
    const told = await tellStatus(store, keptStreams(), stories(), asked, NO_CORRECTIONS, () => true)
    expect(told).to.have.property('altered').that.has.members(ids)
  })

  it('is read no further, and nothing is kept of it, once nobody waits for it', async () => {
    const streams = keptStreams()
    let asked = 0
    const failed = await tell(EVENTS - 1, streams, () => {
      asked += 1
      return asked < 3
    }).catch((error: Error) => error)
    expect(failed).to.be.an('error')
    expect([asked, streams.size]).to.deep.equal([3, 0])
  })
})
