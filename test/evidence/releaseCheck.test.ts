import { expect } from 'chai'
import type { NewEvent, RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { checkReleases } from '../../src/evidence/releaseCheck.ts'
import { Erased } from '../../src/ledger/erased.ts'
import { missingEvent } from '../../src/ledger/missingEvent.ts'
import { appendOwn, observed, released, releaseRequested } from '../support/events/ownEvents.ts'
import { instant } from '../support/events/storedEvents.ts'
import { eventsOf } from '../support/logs/logs.ts'
import { newCast, openPipeline, type Pipeline, played } from '../support/pipeline/pipeline.ts'
import { day, document, user as review, sentAgain } from '../support/webhooks/plainWebhooks.ts'

const NAMED = 'what it names to be released does not stand where it says'
const OBSERVED = 'the answer that it rests on does not stand before it'
const REQUESTED = 'it was not requested where it says, or by somebody else, or of something else'
const HIMSELF = 'whoever requested the release has confirmed it himself'

describe('a release, held against the log', () => {
  const at = instant(day(9))
  let pipeline: Pipeline
  beforeEach(async () => {
    pipeline = await openPipeline()
  })
  afterEach(() => pipeline.close())

  /** A user whose success was held back; the event that holds it. */
  const heldBack = async () => {
    const cast = newCast()
    const { user } = cast
    for (const webhook of [review('2', day(1)), review('3', day(2)), sentAgain(review('2', day(1)), day(3))]) {
      await pipeline.deliver(played(webhook, cast), instant(day(4)))
    }
    const [first, , held] = await Array.fromAsync(pipeline.store.readStream(`kyc-${user}`))
    if (first === undefined || held === undefined) throw new Error('three events')
    return { user, first, held }
  }
  /** What is wrong with what is written behind that, event by event. */
  const found = async (user: string, ...events: readonly NewEvent[]): Promise<readonly string[]> => {
    await appendOwn(pipeline.store, user, ...events)
    const look = checkReleases(pipeline.store, new Erased())
    const log = (await eventsOf(pipeline.store)).slice(-events.length)
    return Promise.all(log.map(async (event) => (await look(event)).join()))
  }
  const byTwo = { request: 3, requestedBy: 'mary', confirmedBy: 'joseph' }

  it('rests on what stands there', async () => {
    const [one, other] = [await heldBack(), await heldBack()]
    const answer = observed(one.user, { kycReview: '2' }, at)
    expect(await found(one.user, answer, released(one.held, { observation: answer.eventId }, at))).to.deep.equal([
      '',
      '',
    ])
    expect(
      await found(other.user, releaseRequested(other.held, 'mary', at), released(other.held, byTwo, at)),
    ).to.deep.equal(['', ''])
  })

  it('may speak of an event that named nobody, and was recorded before it', async () => {
    const { user } = await heldBack()
    await pipeline.deliver(document('90001', '2', day(5), { userId: undefined }))
    const [orphan] = await Array.fromAsync(pipeline.store.readStream('kyc-unattributed'))
    expect(await found(user, releaseRequested(orphan ?? expect.fail(), 'mary', at))).to.deep.equal([''])
  })

  it('is told of where it names another event, or none', async () => {
    const { user, first, held } = await heldBack()
    const another = await heldBack()
    const changed = (change: Partial<RecordedEvent>): RecordedEvent => ({ ...held, ...change })
    for (const named of [
      changed({ revision: 1 }),
      changed({ revision: 99 }),
      changed({ eventId: first.eventId }),
      changed({ metadata: JSON.stringify({ payloadHash: '0'.repeat(64) }) }),
      changed({ stream: 'kyc-unattributed' }),
      another.held,
    ]) {
      expect(await found(user, releaseRequested(named, 'mary', at))).to.deep.equal([NAMED])
    }
  })

  it('is told of where nobody asked for it, or answered so, or one person did both', async () => {
    const { user, held, first } = await heldBack()
    const later = observed(user, { kycReview: '2' }, at)
    expect(
      await found(
        user,
        released(held, byTwo, at),
        released(held, { observation: later.eventId }, at),
        later,
        released(held, { observation: held.eventId }, at),
        releaseRequested(held, 'mary', at),
        released(held, { ...byTwo, request: 7, requestedBy: 'martha' }, at),
        released(first, { ...byTwo, request: 7 }, at),
        released(held, { ...byTwo, request: 7, confirmedBy: 'mary' }, at),
        released(held, { ...byTwo, request: 99 }, at),
      ),
    ).to.deep.equal([REQUESTED, OBSERVED, '', OBSERVED, '', REQUESTED, REQUESTED, HIMSELF, REQUESTED])
  })

  it('has nothing to be held against where a copy puts something in the place of what is missing', async () => {
    const { user } = newCast()
    const stream = `kyc-${user}`
    const named = { ...missingEvent(stream, 0, at), stream, revision: 0, position: '' }
    const metadata = JSON.stringify({ payloadHash: '0'.repeat(64) })
    const request = releaseRequested({ ...named, eventId: 'another', metadata }, 'mary', at)
    expect(await found(user, missingEvent(stream, 0, at), request)).to.deep.equal(['', ''])
  })
})
