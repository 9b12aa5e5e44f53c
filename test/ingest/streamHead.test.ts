import { expect } from 'chai'
import type { StoredEvent } from '../../domain/event/storedEvent.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { emptyHead, knowledgeOf, readOn, type StreamHead, withEvent } from '../../src/ingest/streamHead.ts'
import { instant } from '../support/events/storedEvents.ts'
import { heard, named, observed, releasedOn, requested, withOwn } from '../support/events/writings.ts'
import { day, user } from '../support/webhooks/plainWebhooks.ts'

const STREAM = 'kyc-42'

/** The head of a stream that holds these. */
const headOf = (
  events: readonly StoredEvent[],
  corrections: Parameters<typeof readOn>[2] = [],
): Promise<StreamHead> => {
  const store = {
    readStream: async function* () {
      for (const event of events) yield { ...event, stream: STREAM }
    },
  } as Pick<EventStore, 'readStream'>
  return readOn(store as EventStore, emptyHead(STREAM), corrections)
}

describe('the head of a stream that holds what the service wrote itself', () => {
  const webhooks = heard(user('1', day(1)), user('2', day(2)))
  const stream = withOwn(webhooks, observed('2', '2031-01-01T00:00:00Z'))

  it('knows when that was recorded: no webhook that comes later was received before it', async () => {
    const head = await headOf(stream)
    expect(head).to.include({ revision: 2, complete: true, recordedAt: instant('2031-01-01T00:00:00Z') })
    const position = stream[2]?.position ?? ''
    const corrected = await headOf(stream, [{ from: position, to: position, countsAs: instant(day(9)) }])
    expect(corrected.recordedAt).to.equal(instant(day(9)))
  })

  it('holds no fact by it that a webhook could repeat, and none that is touched by it', async () => {
    const [before, after] = [await headOf(webhooks), await headOf(stream)]
    expect([...after.factsByPayload]).to.deep.equal([...before.factsByPayload])
    expect([...after.payloadById]).to.deep.equal([...before.payloadById])
    expect([...after.lastTouch]).to.deep.equal([...before.lastTouch])
  })

  it('counts the times of releases among those of originals: a refusal of before may be told again after each', async () => {
    const name = named(webhooks, 1)
    const own = withOwn(
      webhooks,
      observed('2', day(5)),
      requested(name, 'ann', day(6)),
      releasedOn(name, 'own-2', day(7)),
    )
    const originals = (head: StreamHead) => knowledgeOf(head).originals().toSorted()
    expect(originals(await headOf(own))).to.deep.equal([instant(day(1)), instant(day(2)), instant(day(7))])
    expect(originals(await headOf(own.slice(0, 4)))).to.deep.equal([instant(day(1)), instant(day(2))])
  })

  it('does not know when something was recorded that this version cannot read', async () => {
    const event = { ...(stream[2] as StoredEvent), metadata: '{}' }
    const head = await headOf([...webhooks, event])
    expect(head.revision).to.equal(2)
    expect(head.recordedAt).to.equal(instant('2030-01-01T00:00:00Z'))
  })
})

describe('the head of a long stream', () => {
  const fact = (revision: number) => ({
    payloadHash: 'a',
    family: 'user' as const,
    webhookId: null,
    webhookCreatedAt: instant(day(revision + 1)),
    occurredAt: instant(day(revision + 1)),
    recordedAt: instant(day(revision + 1)),
    echoOf: revision === 0 ? null : 0,
  })
  const standing = (revision: number) => ({ revision, position: `${revision}`, eventId: `event-${revision}` })

  it('takes what repeats a payload in place: the facts that it has of it are not copied for each of them', () => {
    let head = withEvent(emptyHead(STREAM), standing(0), fact(0))
    const first = head.factsByPayload.get('a')
    for (const revision of [1, 2, 3]) head = withEvent(head, standing(revision), fact(revision))
    expect(head.factsByPayload.get('a')).to.equal(first)
    expect(first?.map(({ revision, eventId, echoOf }) => [revision, eventId, echoOf])).to.deep.equal([
      [0, 'event-0', null],
      [1, 'event-1', 0],
      [2, 'event-2', 0],
      [3, 'event-3', 0],
    ])
  })
})
