import { expect } from 'chai'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { readUserEventBy } from '../../../domain/event/kycEvent.ts'
import { readWritten } from '../../../domain/event/metadataText.ts'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import { format, fromMilliseconds, type Instant } from '../../../domain/instant.ts'
import { foldHistory } from '../../../domain/state/fold.ts'
import { readHistory } from '../../../domain/state/ownHistory.ts'
import { asRead } from '../../../src/eventStore/asRead.ts'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { ownReader } from '../../../src/http/users/ownReader.ts'
import { assertLaw } from '../../support/assertLaw.ts'
import { storedEvent } from '../../support/events/storedEvents.ts'
import { USER } from '../../support/histories/histories.ts'
import { mixedStreams } from '../../support/histories/mixedStreams.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'

/** The metadata of an event as the first releases wrote them; of what this service wrote itself there were none. */
const inFormat1 = (text: string): string => {
  const metadata = readWritten(text)
  if (metadata === null || metadata.format === 1) return text
  const { family, payloadHash, webhookId, webhookCreatedAt, userId, secret, echoOf } = metadata
  const recordedAt = format(metadata.recordedAt)
  return JSON.stringify({
    family,
    payloadHash,
    webhookId,
    webhookCreatedAt: webhookCreatedAt === null ? null : format(webhookCreatedAt),
    userId,
    occurredAt: format(webhookCreatedAt ?? metadata.receivedAt),
    occurredAtSource: webhookCreatedAt === null ? 'receipt' : 'webhook',
    disbelief: null,
    secret,
    format: 1,
    recordedAt,
    echoOf,
  })
}

interface Alteration {
  readonly part: 'data' | 'metadata'
  readonly event: number
  readonly place: number
  readonly unit: string
}

const alterations: fc.Arbitrary<readonly Alteration[]> = fc.array(
  fc.record({
    part: fc.constantFrom('data', 'data', 'metadata'),
    event: fc.nat(100),
    place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    unit: fc.constantFrom(...'0123456789ab{}[]",:\\ u'),
  }),
  { maxLength: 2 },
)

const asAltered = (event: StoredEvent, index: number, count: number, all: readonly Alteration[]): RecordedEvent => {
  const texts = { data: event.data, metadata: event.metadata }
  for (const { part, event: of, place, unit } of all) {
    if (of % count !== index) continue
    const at = Math.floor(place * texts[part].length)
    texts[part] = texts[part].slice(0, at) + unit + texts[part].slice(at + 1)
  }
  return asRead({ ...event, ...texts }, `kyc-${USER}`, event.revision, event.position)
}

const timesIn = (events: readonly StoredEvent[]): readonly Instant[] => {
  const { arrived } = readHistory(USER, events)
  const times = arrived.flatMap(({ event }) => [event.occurredAt, event.recordedAt])
  return [...new Set(times.flatMap((time) => [time - 1000, time]))] as Instant[]
}

describe('a stream that is read for the status of a time', () => {
  it('comes to what all of it comes to, the first time and when it is asked again, whatever was altered in it', async () => {
    const seen = { passedOver: 0, notRead: 0 }
    await assertLaw(
      fc.asyncProperty(mixedStreams, fc.boolean(), alterations, async (stream, isOld, altered) => {
        const written = isOld ? stream.map((one) => ({ ...one, metadata: inFormat1(one.metadata) })) : stream
        const events = (): readonly RecordedEvent[] =>
          written.map((event, index) => asAltered(event, index, written.length, altered))
        const times = timesIn(written)
        const whole = readHistory(USER, events())
        for (const first of times) {
          const own = events()
          const { historyBy } = ownReader([])
          for (const asOf of [first, Math.max(...times) as Instant, first]) {
            const history = await historyBy(own, USER, asOf)
            expect(foldHistory(USER, history, [], { asOf })).to.deep.equal(foldHistory(USER, whole, [], { asOf }))
          }
          const found = own.map((event) => readUserEventBy(event, first))
          seen.passedOver += found.filter((one) => E.isRight(one) && one.right === null).length
          seen.notRead += found.filter(E.isLeft).length
        }
      }),
      { same: 20, others: 40 },
      () => {
        expect(seen.passedOver).to.be.greaterThan(100)
        expect(seen.notRead).to.be.greaterThan(100)
      },
    )
  })

  const millisecondsOf = (hour: number): number => 1_719_472_439_902 + hour * 3_600_000
  const timeOf = (hour: number): Instant => fromMilliseconds(millisecondsOf(hour))
  const request = (hour: number): WebhookJson => ({
    webhook: 'user.update',
    webhook_created_at: millisecondsOf(hour),
    object_id: USER,
    object_payload: { users: [{ userId: USER, kycReview: '1', userTag: `${hour}` }] },
  })

  it('knows of an event whose receipt counts as earlier than that was written', async () => {
    const event = asAltered(storedEvent(request(5), { user: USER }), 0, 1, [])
    const asOf = timeOf(0)
    const corrections = [{ from: event.position, to: event.position, countsAs: asOf }]
    const history = await ownReader(corrections).historyBy([event], USER, asOf)
    expect(foldHistory(USER, history, [], { asOf, corrections }).events).to.equal(1)
  })

  it('knows of an event of format 1 that was recorded after its receipt, and claims a later time than both', async () => {
    const { metadata, ...event } = storedEvent(request(5), { user: USER, receivedAt: format(timeOf(1)) })
    const receipt = { occurredAt: format(timeOf(1)), occurredAtSource: 'receipt', disbelief: 'later-than-receipt' }
    const recorded = { ...JSON.parse(inFormat1(metadata)), ...receipt, recordedAt: format(timeOf(2)) }
    const own = [asAltered({ ...event, metadata: JSON.stringify(recorded) }, 0, 1, [])]
    const asOf = timeOf(1)
    const history = await ownReader([]).historyBy(own, USER, asOf)
    expect(foldHistory(USER, history, [], { asOf }).events).to.equal(1)
  })

  it('is read for one question as far as that asks, for the next one whole, and then no more', async () => {
    let reads = 0
    const own = [1, 2, 3].map((hour, revision) => {
      const event = storedEvent(request(hour), { user: USER, revision })
      const webhookWith = (): unknown => {
        reads += 1
        return JSON.parse(event.data)
      }
      return { ...event, stream: `kyc-${USER}`, hasPayload: () => true, webhookWith } as RecordedEvent
    })
    const { historyBy } = ownReader([])
    const read: number[] = []
    for (let question = 0; question < 3; question++) {
      await historyBy(own, USER, timeOf(1))
      read.push(reads)
    }
    expect(read).to.deep.equal([3, 6, 6])
  })
})
