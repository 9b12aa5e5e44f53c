import { expect } from 'chai'
import fc from 'fast-check'
import { statusOf } from '../../../domain/answer/status.ts'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import { formatMilliseconds, type Instant } from '../../../domain/instant.ts'
import { endOf } from '../../../domain/retention/period.ts'
import { readPolicy } from '../../../domain/retention/policy.ts'
import { type RetentionClock, retentionClock } from '../../../domain/retention/retentionClock.ts'
import { type RetentionFacts, retentionFacts } from '../../../domain/retention/retentionFacts.ts'
import { fold } from '../../../domain/state/fold.ts'
import { asRead } from '../../../src/eventStore/asRead.ts'
import type { NewEvent } from '../../../src/eventStore/recordedEvent.ts'
import { assertLaw } from '../../support/assertLaw.ts'
import { observed, released, said } from '../../support/events/ownEvents.ts'
import { instant, storedEvent } from '../../support/events/storedEvents.ts'
import { USER } from '../../support/histories/histories.ts'
import { right } from '../../support/right.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'
import { at } from '../../support/webhooks/webhookBuilders.ts'

/** A webhook with when it was received; `echoOf` where its payload stands before it. */
interface Received {
  readonly webhook: WebhookJson
  readonly receivedAt: string
  readonly echoOf?: number
}

let made = 0

/** No two have the same payload or id. */
const about = (name: string, payload: object, occurredAt: string, receivedAt = occurredAt): Received => {
  made += 1
  const webhook = { webhook: name, webhook_id: `id-${made}`, webhook_created_at: at(occurredAt), object_id: '42' }
  return { webhook: { ...webhook, object_payload: payload }, receivedAt }
}

const user = (fields: object, occurredAt: string, receivedAt?: string): Received =>
  about('user.update', { users: [{ userId: '42', userTag: `${made}`, ...fields }] }, occurredAt, receivedAt)

const closed = (occurredAt: string, receivedAt?: string, fields: object = {}): Received =>
  user({ kycReview: '2', userStatus: 'CANCELED', ...fields }, occurredAt, receivedAt)
const validated = (occurredAt: string, receivedAt?: string, fields: object = {}): Received =>
  user({ kycReview: '2', userStatus: 'VALIDATED', ...fields }, occurredAt, receivedAt)
const refused = (occurredAt: string, receivedAt?: string): Received => user({ kycReview: '3' }, occurredAt, receivedAt)

const stored = (events: readonly Received[]): readonly StoredEvent[] =>
  events.map(({ webhook, receivedAt, echoOf = null }, revision) =>
    storedEvent(webhook, { user: USER, revision, receivedAt, echoOf }),
  )

const factsOf = (...events: readonly Received[]): RetentionFacts => retentionFacts(fold(USER, stored(events)))
const since = ({ basis }: RetentionFacts): string | null =>
  basis === null ? null : `${basis.rule} ${formatMilliseconds(basis.since).slice(0, 10)}`
const kinds = ({ anomalies }: RetentionFacts): readonly string[] => anomalies.map(({ kind }) => kind)

const [D1, D2, D3, D4] = [
  '2020-01-01T00:00:00Z',
  '2020-06-01T00:00:00Z',
  '2021-01-01T00:00:00Z',
  '2022-01-01T00:00:00Z',
]

describe('the end of a relationship', () => {
  it('is the first event that says so, from the later of when it occurred and when it was received', () => {
    expect(since(factsOf(validated(D1)))).to.equal(null)
    expect(since(factsOf(validated(D1), closed(D2)))).to.equal('ended 2020-06-01')
    expect(since(factsOf(validated(D1), closed(D2, D3)))).to.equal('ended 2021-01-01')
    expect(since(factsOf(validated(D1), closed(D2), closed(D3), closed(D4)))).to.equal('ended 2020-06-01')
  })

  it('is not moved by another that is dated back and comes later, nor by one that was here before', () => {
    expect(since(factsOf(validated(D1), closed(D2), closed('2019-06-01T00:00:00Z', D4)))).to.equal('ended 2020-06-01')
    const first = closed(D2)
    const again = { ...closed(D4), echoOf: 1 }
    expect(since(factsOf(validated(D1), first, again))).to.equal('ended 2020-06-01')
    expect(since(factsOf(validated(D1), { ...closed(D2), echoOf: 0 }))).to.equal(null)
  })

  it('waits for what had occurred before it and was received after it', () => {
    const facts = factsOf(validated(D1), closed(D2), validated('2020-05-31T00:00:00Z', D4))
    expect(since(facts)).to.equal('ended 2022-01-01')
    expect(facts.anomalies).to.deep.equal([])
  })

  it('that something else comes after stops the clock, whatever that is; that it is said again does not', () => {
    expect(kinds(factsOf(validated(D1), closed(D2), validated(D3)))).to.deep.equal(['later-event'])
    const document = { documents: [{ documentId: '7', userId: '42', documentStatus: 'CANCELED' }] }
    expect(kinds(factsOf(closed(D2), about('document.cancel', document, D3)))).to.deep.equal(['later-event'])
    expect(kinds(factsOf(closed(D2), closed(D3)))).to.deep.equal([])
  })

  it('is none where a name alone says so, or a user of whom another word is said', () => {
    const named = about('user.cancel', { users: [{ userId: '42', kycReview: '2', userStatus: 'VALIDATED' }] }, D2)
    expect(since(factsOf(named))).to.equal(null)
    expect(since(factsOf(user({ kycReview: '2', userStatus: 'CANCELLED' }, D2)))).to.equal(null)
  })
})

describe('a user who was refused', () => {
  it('is kept from the last that was heard of him, by when it was received', () => {
    expect(since(factsOf(refused(D1, D2)))).to.equal('refused 2020-06-01')
    const liveness = about('kycliveness.update', { user_id: '42', 'kyc-status': 'processed', score: 0 }, D1, D4)
    expect(since(factsOf(refused(D2), liveness))).to.equal('refused 2022-01-01')
  })

  it('has no such period once he came back, and the one of an end once he was closed', () => {
    expect(since(factsOf(refused(D1), user({ kycReview: '1' }, D2)))).to.equal(null)
    expect(since(factsOf(refused(D1), closed(D2)))).to.equal('ended 2020-06-01')
  })
})

/** What the provider's API said of him, or what was released, as it stands at a revision of his stream. */
const written = (event: NewEvent, revision: number): StoredEvent => ({
  ...event,
  revision,
  position: String(revision).padStart(16, '0'),
})
const REFUSED = { kycReview: '3', kycLevel: '4', userStatus: 'VALIDATED' }
const CANCELED = { kycReview: '3', kycLevel: '4', userStatus: 'CANCELED' }
const VALIDATED = { kycReview: '2', kycLevel: '2', userStatus: 'VALIDATED' }

describe('what the provider answered when it was asked', () => {
  const foldOf = (events: readonly Received[], ...more: readonly NewEvent[]) =>
    fold(USER, [...stored(events), ...more.map((event, index) => written(event, events.length + index))])
  const factsWith = (events: readonly Received[], ...more: readonly NewEvent[]): RetentionFacts =>
    retentionFacts(foldOf(events, ...more))

  it('begins no period, whatever it makes of the status', () => {
    for (const [says, status] of [
      [REFUSED, 'refused'],
      [CANCELED, 'closed'],
      [null, 'unknown'],
    ] as const) {
      const observation = observed(USER, says, instant(D3))
      expect(statusOf(foldOf([validated(D1)], observation))).to.equal(status)
      expect(factsWith([validated(D1)], observation)).to.deep.equal(factsOf(validated(D1)))
    }
    expect(factsWith([], observed(USER, CANCELED, instant(D3)))).to.deep.equal(factsOf())
  })

  it('neither ends nor prolongs one, whatever it makes of the status', () => {
    for (const says of [VALIDATED, REFUSED, CANCELED, null]) {
      const observation = observed(USER, says, instant(D4))
      expect(since(factsWith([validated(D1), refused(D2)], observation))).to.equal('refused 2020-06-01')
      const facts = factsWith([validated(D1), closed(D2)], observation)
      expect(facts).to.deep.equal(factsOf(validated(D1), closed(D2)))
    }
    expect(statusOf(foldOf([validated(D1), refused(D2)], observed(USER, CANCELED, instant(D4))))).to.equal('closed')
  })

  it('stops all of them where it cannot be read', () => {
    const unreadable = said(USER, 'observed', { source: 'somebody else' }, instant(D3))
    expect(kinds(factsWith([validated(D1), closed(D2)], unreadable))).to.deep.equal(['uncertain'])
  })

  it('lets the period of one end who was refused, where it has a success of his released: he came back', () => {
    const success = validated(D1)
    const held = {
      ...success,
      echoOf: 0,
      webhook: { ...success.webhook, webhook_id: 'again', webhook_created_at: at(D3) },
    }
    const events = [success, refused(D2), { ...held, receivedAt: D3 }]
    expect(since(factsWith(events))).to.equal('refused 2021-01-01')
    const observation = observed(USER, VALIDATED, instant(D4))
    const event = asRead(stored(events)[2] ?? expect.fail(), 'kyc-42', 2, '')
    const release = released(event, { observation: observation.eventId }, instant(D4))
    expect(statusOf(foldOf(events, observation, release))).to.equal('validated')
    expect(factsWith(events, observation, release).basis).to.equal(null)
  })
})

describe('a freeze', () => {
  for (const [fields, frozen] of [
    [{}, false],
    [{ isFrozen: '0' }, false],
    [{ isFrozen: 0 }, false],
    [{ isFrozen: false }, false],
    [{ isFreezed: '0' }, false],
    [{ isFrozen: '1' }, true],
    [{ isFrozen: 1 }, true],
    [{ isFrozen: true }, true],
    [{ isFreezed: '1' }, true],
    [{ isFrozen: '0', isFreezed: '1' }, true],
    [{ isFrozen: 1, isFreezed: '0' }, true],
    [{ isFrozen: 'no' }, true],
    [{ isFrozen: '' }, true],
    [{ isFrozen: null }, true],
    [{ isFrozen: [] }, true],
  ] as const) {
    it(`${frozen ? 'stops' : 'does not stop'} the clock where the user says ${JSON.stringify(fields)}`, () => {
      expect(kinds(factsOf(closed(D2, D2, fields)))).to.deep.equal(frozen ? ['frozen'] : [])
    })
  }

  it('stands until the user says otherwise, and for whom nothing has ended it is shown as well', () => {
    const freeze = validated(D1, D1, { isFrozen: '1' })
    expect(kinds(factsOf(freeze))).to.deep.equal(['frozen'])
    expect(kinds(factsOf(freeze, closed(D2)))).to.deep.equal(['frozen'])
    expect(kinds(factsOf(freeze, closed(D2, D2, { isFrozen: '0' })))).to.deep.equal([])
  })

  it('stands where something else is said at the same time, or received at the same time', () => {
    const said = (isFrozen: string) => closed(D2, D3, { isFrozen })
    for (const events of [
      [said('0'), said('1')],
      [said('1'), said('0')],
    ]) {
      expect(kinds(factsOf(...events))).to.deep.equal(['frozen'])
      expect(kinds(factsOf(...events, closed(D1, D4, { isFrozen: '0' })))).to.deep.equal(['frozen'])
      expect(kinds(factsOf(...events, closed(D4, D4, { isFrozen: '0' })))).to.deep.equal([])
    }
  })

  it('is not lifted by what is dated before it, nor hidden by being dated back itself, nor lifted by what was here before', () => {
    const frozen = closed(D3, D3, { isFrozen: '1' })
    expect(kinds(factsOf(frozen, closed(D2, D4, { isFrozen: '0' })))).to.deep.equal(['frozen'])
    const setBack = closed(D1, D4, { isFrozen: '1' })
    expect(kinds(factsOf(closed(D3, D3, { isFrozen: '0' }), setBack))).to.deep.equal(['frozen'])
    // Neither the last to have occurred nor the last to have been received, and lifted by none of these.
    const held = closed(D1, D4, { isFrozen: '1' })
    const lifting = [
      closed(D3, D3, { isFrozen: '0' }),
      closed('2003-01-01T00:00:00Z', '2023-01-01T00:00:00Z', { isFrozen: '0' }),
    ]
    expect(kinds(factsOf(held, ...lifting))).to.deep.equal(['frozen'])
    const captured = { ...closed(D4, D4, { isFrozen: '0', kycReview: '3' }), echoOf: 0 }
    expect(kinds(factsOf(closed(D1, D1, { isFrozen: '0' }), frozen, captured))).to.deep.equal(['frozen'])
  })
})

describe('the countries of a user', () => {
  it('are all that were said of him, also by the KYC object; one that nobody has is unknown, an empty one none', () => {
    const kyc = (distributionCountry: unknown) =>
      about('kycreview.result', { userId: 42, kycStatus: 'VALIDATED', kycReviewType: 'X', distributionCountry }, D1)
    expect(factsOf(kyc('FR'), kyc('FR'), validated(D2, D2, { distributionCountry: 'DE' })).countries).to.deep.equal([
      'DE',
      'FR',
    ])
    expect(factsOf(kyc(null), kyc(''), kyc(undefined)).countries).to.deep.equal([])
    expect(factsOf(kyc('FR'), kyc('GB'), kyc(7)).countries).to.deep.equal(['FR', 'unknown'])
  })
})

describe('a user of whom anything is uncertain', () => {
  const end = [validated(D1), closed(D2)]
  const because = (events: readonly StoredEvent[]) => kinds(retentionFacts(fold(USER, events)))
  const [first, last] = stored(end)

  it('is never due: a value nobody knows, something that cannot be read, an altered event, a missing one', () => {
    if (first === undefined || last === undefined) throw new Error('two events')
    expect(because([first, last])).to.deep.equal([])
    expect(kinds(factsOf(validated(D1), user({ kycReview: '9', userStatus: 'CANCELED' }, D2)))).to.deep.equal([
      'uncertain',
    ])
    expect(kinds(factsOf(user({ userId: '0042', kycReview: '2' }, D1), closed(D2)))).to.deep.equal(['uncertain'])
    const document = { documents: [{ documentId: '7', userId: '42', documentStatus: 'LOST' }] }
    expect(kinds(factsOf(about('document.update', document, D1), closed(D2)))).to.deep.equal(['uncertain'])
    expect(because([{ ...first, hasPayload: () => false }, last])).to.deep.equal(['uncertain'])
    expect(because([{ ...first, metadata: '{"format":99}' }, last])).to.deep.equal(['uncertain'])
    expect(because([last])).to.deep.equal(['uncertain'])
  })
})

// --- Generated histories

const POLICY = right(readPolicy({ version: 1, refused: 'P2Y' }))
const TIMES = [
  '2019-03-01T00:00:00Z',
  '2020-02-29T12:00:00Z',
  D2,
  D3,
  '2021-01-01T00:00:01Z',
  D4,
  '2024-02-29T00:00:00Z',
]
const moment = fc.constantFrom(...TIMES)

const fields = fc.record(
  {
    kycReview: fc.constantFrom('1', '2', '3', '9'),
    userStatus: fc.constantFrom('VALIDATED', 'CANCELED', 'CANCELED'),
    isFrozen: fc.constantFrom('0', '0', '0', '1', null),
    distributionCountry: fc.constantFrom('FR', 'DE', 'GB'),
  },
  { requiredKeys: ['kycReview'] },
)
const one: fc.Arbitrary<Received> = fc
  .tuple(fields, moment, moment)
  .map(([said, occurredAt, receivedAt]) => user(said, occurredAt, [occurredAt, receivedAt].sort().at(-1)))
const history = fc.array(one, { minLength: 1, maxLength: 6 })

const clockOf = (events: readonly Received[]): RetentionClock =>
  retentionClock(retentionFacts(fold(USER, stored(events))), POLICY)
const dueAt = (clock: RetentionClock): number => (clock._tag === 'Running' ? clock.dueAt : Number.POSITIVE_INFINITY)

describe('when a user is due', () => {
  it('depends on the set of his events alone, in whatever order they arrive', async () => {
    let running = 0
    await assertLaw(
      fc.property(history, fc.infiniteStream(fc.double({ noNaN: true })), (events, keys) => {
        const shuffled = events
          .map((event) => ({ event, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ event }) => event)
        const clock = clockOf(events)
        if (clock._tag === 'Running') running += 1
        expect(clockOf(shuffled)).to.deep.equal(clock)
      }),
      { same: 200, others: 100 },
      () => {
        expect(running).to.be.greaterThan(20)
      },
    )
  })

  it('is never sooner after the receipt of an event than the period says, where that was set back by years', async () => {
    let sooner = 0
    await assertLaw(
      fc.property(history, fields, moment, (events, said, receivedAt) => {
        const setBack = user(said, '2003-01-01T00:00:00Z', receivedAt)
        const [before, after] = [clockOf(events), clockOf([...events, setBack])]
        if (after._tag !== 'Running') return
        const receipt: Instant = instant(receivedAt)
        if (after.dueAt < dueAt(before)) sooner += 1
        expect(after.dueAt).to.be.at.least(Math.min(dueAt(before), endOf(receipt, after.period)))
      }),
      { same: 700, others: 300 },
      () => {
        expect(sooner).to.be.greaterThan(5)
      },
    )
  })

  it('is never before the end of the period after the receipt of what ended it, nor of anything before', () => {
    fc.assert(
      fc.property(history, (events) => {
        const clock = clockOf(events)
        if (clock._tag !== 'Running') return
        const received = events
          .filter(({ webhook }) => clock.rule === 'refused' || !JSON.stringify(webhook).includes('CANCELED'))
          .map(({ receivedAt }) => endOf(instant(receivedAt), clock.period))
        expect(clock.dueAt).to.be.at.least(Math.max(0, ...received))
      }),
      { numRuns: 300 },
    )
  })
})
