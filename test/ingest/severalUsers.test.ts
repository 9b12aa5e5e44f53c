import { expect } from 'chai'
import type { UserId } from '../../domain/identifiers.ts'
import { WRONG } from '../../src/cli/verifiedLines.ts'
import { verify } from '../../src/cli/verify.ts'
import { openEsdbEventStore } from '../../src/eventStore/esdb/esdbEventStore.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { leafOf } from '../../src/evidence/record.ts'
import { type ErasedUsers, NOBODY_ERASED } from '../../src/ingest/erasedUsers.ts'
import { receiveDelivery } from '../../src/ingest/receiveDelivery.ts'
import { recordFacts } from '../../src/ingest/recordFact.ts'
import { sharedStream } from '../../src/ledger/streams.ts'
import { webhookSecret } from '../../src/webhooks/signature.ts'
import { startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { eventsOf } from '../support/logs/logs.ts'
import { deliveryOf, openPipeline, type Pipeline, RECEIVED_AT } from '../support/pipeline/pipeline.ts'
import { right } from '../support/right.ts'
import { okText } from '../support/service/answers.ts'
import { sharedService } from '../support/service/service.ts'
import type { WebhookJson } from '../support/webhooks/documentedWebhooks.ts'
import { at, but, march, newUser, SECRET, users } from '../support/webhooks/webhookBuilders.ts'

/** What of A must not be found where B is asked about. */
const ofA = (id: string) => ({
  userId: id,
  kycReview: '2',
  kycLevel: '2',
  userStatus: 'VALIDATED',
  firstname: 'Hildegard',
  lastname: 'von Bingen/Rhein',
  birthday: '1998-09-17',
  email: 'hildegard@example.org',
})
const TRACES = ['Hildegard', 'Bingen', '1998-09-17', 'hildegard@']

const metadataOf = ({ metadata }: RecordedEvent): Readonly<Record<string, unknown>> => JSON.parse(metadata)
const sharedOf = (events: readonly RecordedEvent[]): readonly RecordedEvent[] =>
  events.filter(({ stream }) => stream.startsWith(sharedStream('')))
const streamIn = (events: readonly RecordedEvent[], user: string): readonly RecordedEvent[] =>
  events.filter(({ stream }) => stream === `kyc-${user}`)

describe('a webhook that speaks of several users', () => {
  const service = sharedService()

  it('puts nothing of one of them where another is asked about, and is answered of each as if he were alone', async () => {
    const [a, b] = [newUser(), newUser()]
    const both = users([ofA(a), { userId: b, kycReview: '1', kycLevel: '0', firstname: 'Volmar' }], {
      createdAt: at(march(1)),
    })
    const taken = await service().deliver(both)
    expect(taken.events.map(({ stream }) => stream)).to.deep.equal([`kyc-${a}`, `kyc-${b}`])
    expect(await service().kyc(b)).to.include({ status: 'pending', verified: false, revision: 0 })
    expect(await service().kyc(a)).to.include({ status: 'validated', revision: 0 })
    expect((await service().kyc(b)).anomalies).to.deep.equal([])
    for (const path of ['kyc', 'kyc/history', 'events', 'events?limit=1']) {
      const text = await okText(await service().get(`/users/${b}/${path}`))
      for (const trace of [...TRACES, a]) expect(text, path).to.not.include(trace)
    }
    const [event = expect.fail()] = await service().events(b)
    expect(event).to.not.have.property('altered')
    const whole = (event.metadata as { readonly whole: { readonly stream: string } }).whole.stream
    const log = await okText(await service().get('/events', { accept: 'application/x-ndjson' }))
    const holding = log
      .trimEnd()
      .split('\n')
      .flatMap((line) => (line.includes('Hildegard') ? [JSON.parse(line) as RecordedEvent] : []))
    expect(holding.map(({ stream }) => stream)).to.deep.equal([whole, `kyc-${a}`])

    const again = await service().deliver(but(both, { id: null }))
    expect(again).to.deep.equal({ ...taken, outcome: 'duplicate' })
  })

  it('is one event of his stream where all it speaks of is one user, and has no other', async () => {
    const user = newUser()
    await service().deliver(users([ofA(user), { ...ofA(user), kycReview: '1' }]))
    const [event = expect.fail()] = await service().events(user)
    expect(event.metadata).to.include({ format: 4, elementHash: null, whole: null })
    expect((event.data['object_payload'] as { users: unknown[] }).users).to.have.length(2)
  })
})

describe('the whole of a webhook that speaks of several users', () => {
  let pipeline: Pipeline
  before(async () => {
    pipeline = await openPipeline()
  })
  after(() => pipeline.close())

  const webhookOf = (all: readonly object[], id: string, day = 1): WebhookJson => ({
    webhook: 'user.kycreview',
    webhook_id: id,
    webhook_created_at: at(march(day)),
    object: 'user',
    object_id: String((all[0] as { userId: unknown }).userId),
    object_payload: { users: all },
  })
  const log = (): Promise<readonly RecordedEvent[]> => eventsOf(pipeline.store)
  const wrongIn = async (store: EventStore): Promise<readonly string[]> => {
    const { lines } = await verify(store, { file: null, keys: [], checkpoints: [], witnesses: [] }, [SECRET])
    // No service has given this log its identity.
    return lines.filter((line) => line.startsWith(WRONG) && !line.includes('kyc-log'))
  }
  const receiving = (
    store: EventStore,
    isErased: (userId: UserId) => boolean = () => false,
    erasedUsers: ErasedUsers = NOBODY_ERASED,
  ) => {
    const none = () => []
    const receive = receiveDelivery({
      recorder: recordFacts(
        store,
        () => RECEIVED_AT,
        none,
        () => null,
        erasedUsers,
      ),
      secrets: () => [webhookSecret(SECRET)],
      keep: async () => expect.fail('nothing goes to the journal'),
      isErased,
    })
    return (webhook: WebhookJson) =>
      receive({
        body: deliveryOf(webhook),
        contentType: 'application/json',
        receivedAt: RECEIVED_AT,
        resubmitted: false,
      })
  }

  /** The log, in which nothing can be appended to that stream. */
  const failing = (cut: string, store: EventStore = pipeline.store): EventStore => ({
    ...store,
    append: (stream, expected, events) =>
      stream === cut
        ? async () => ({ _tag: 'Left', left: { _tag: 'StoreUnavailable', reason: 'the process was killed' } })
        : store.append(stream, expected, events),
  })

  it('stands before its parts, once for each delivery that leaves something, and none for what is known or refused', async () => {
    const [a, b] = [newUser(), newUser()]
    const about = [ofA(a), { userId: b, kycReview: '3' }, { userId: `00${b}`, user: { id: a }, kycReview: '1' }, {}]
    const first = webhookOf(about, 'one')
    expect((await pipeline.deliver(first))._tag).to.equal('Appended')
    const before = await log()
    const [whole, ...parts] = before
    expect(parts.map(({ stream }) => stream)).to.deep.equal([`kyc-${a}`, `kyc-${b}`, 'kyc-unattributed'])
    if (whole === undefined) return expect.fail('no whole')
    expect(whole.stream).to.equal(sharedStream(whole.eventId))
    for (const part of parts) {
      const { payloadHash, whole: named } = metadataOf(part)
      expect(named).to.deep.equal({ stream: whole.stream, leaf: leafOf(whole).toString('base64') })
      expect(payloadHash).to.equal(metadataOf(whole)['payloadHash'])
      if (part.stream !== `kyc-${a}`) for (const trace of [...TRACES, a]) expect(part.data).to.not.include(trace)
    }
    await pipeline.deliver(first)
    await pipeline.deliver({ ...first, webhook_id: 'another' })
    expect(await log()).to.deep.equal(before)
    for (let echo = 0; echo < 20; echo++)
      await pipeline.deliver({ ...webhookOf(about, `echo-${echo}`, 2), webhook_created_at: at(march(2)) + echo })
    const [own, shared] = [streamIn(await log(), b).length, sharedOf(await log()).length]
    expect([own, shared]).to.deep.equal([17, 17])
    expect(await wrongIn(pipeline.store)).to.deep.equal([])
    await pipeline.projected()
    expect(pipeline.kyc(b as UserId).status).to.equal('unknown')
  })

  it('is appended by a delivery that is cut short behind it, and named by the one that completes it', async () => {
    const [a, b] = [newUser(), newUser()]
    const webhook = webhookOf([ofA(a), { userId: b, kycReview: '1' }], 'cut')
    const { store } = pipeline
    const lengths = async (): Promise<readonly number[]> => {
      const events = await log()
      return [a, b].map((user) => streamIn(events, user).length)
    }
    expect((await receiving(failing(`kyc-${a}`))(webhook))._tag).to.equal('NotStored')
    expect(await lengths()).to.deep.equal([0, 1])
    expect((await receiving(store)(webhook))._tag).to.equal('Appended')
    expect(await lengths()).to.deep.equal([1, 1])
    const all = await log()
    const wholes = sharedOf(all).filter(({ data }) => data.includes(a))
    expect(wholes).to.have.length(1)
    const leaves = [a, b].map(
      (user) => (metadataOf(streamIn(all, user)[0] ?? expect.fail())['whole'] as { leaf: string }).leaf,
    )
    expect(new Set(leaves)).to.deep.equal(new Set(wholes.map((whole) => leafOf(whole).toString('base64'))))
    expect(await wrongIn(store)).to.deep.equal([])
  })

  it('is found by its name in EventStoreDB as well, where another delivery of it has another salt', async () => {
    const server = await startEventStoreDb()
    const store = right(await openEsdbEventStore({ connectionString: server.connectionString })())
    try {
      const [a, b] = [newUser(), newUser()]
      const webhook = webhookOf([ofA(a), { userId: b, kycReview: '1' }], 'server')
      expect((await receiving(failing(`kyc-${a}`, store))(webhook))._tag).to.equal('NotStored')
      expect((await receiving(store)(webhook))._tag).to.equal('Appended')
      expect((await receiving(store)(webhook))._tag).to.equal('Duplicate')
      const all = await eventsOf(store)
      expect(all.map(({ stream }) => stream)).to.have.members([sharedOf(all)[0]?.stream, `kyc-${a}`, `kyc-${b}`])
      expect(await wrongIn(store)).to.deep.equal([])
    } finally {
      await store.close()
      await server.stop()
    }
  })

  it('is not kept where somebody whom it names was erased: the others have their parts', async () => {
    const [a, b, c] = [newUser(), newUser(), newUser()]
    const webhook = webhookOf([ofA(a), { userId: b, kycReview: '1' }, { userId: c, kycReview: '1' }], 'erased')
    const receive = receiving(pipeline.store, (userId) => userId === a)
    // Nor where the node hears of the erasure only while it takes the webhook.
    let heard = false
    const look = async (): Promise<void> => {
      heard = true
    }
    const late = receiving(failing(`kyc-${c}`), undefined, { isErased: (userId) => heard && userId === a, look })
    expect((await late(webhook))._tag).to.equal('NotStored')
    expect((await receive(webhook))._tag).to.equal('Appended')
    expect((await receive(webhook))._tag).to.equal('Duplicate')
    const about = (await log()).filter(({ data }) => data.includes(b) || data.includes(a) || data.includes(c))
    // What came of him before the node had heard of it stands in his stream, which goes.
    expect(new Set(about.map(({ stream }) => stream))).to.deep.equal(new Set([`kyc-${a}`, `kyc-${b}`, `kyc-${c}`]))
    for (const event of about.filter(({ stream }) => stream !== `kyc-${a}`)) {
      expect(metadataOf(event)).to.have.property('whole', null)
      for (const trace of [...TRACES, a]) expect(event.data + event.metadata).to.not.include(trace)
    }
    expect(await wrongIn(pipeline.store)).to.deep.equal([])
  })

  it('leaves alone who has all of the webhook from an older release: he knows it, and the others get their parts', async () => {
    const [a, b] = [newUser(), newUser()]
    const webhook = webhookOf([ofA(a), { userId: b, kycReview: '1' }], 'older')
    await pipeline.record(a as UserId, JSON.parse(deliveryOf(webhook).toString()) as WebhookJson)
    const outcome = await pipeline.deliver(webhook)
    expect(outcome._tag).to.equal('Appended')
    expect(streamIn(await log(), a)).to.have.length(1)
    expect(metadataOf(streamIn(await log(), b)[0] ?? expect.fail())['elementHash']).to.be.a('string')
    expect((await pipeline.deliver(webhook))._tag).to.equal('Duplicate')
  })

  it('is not written again once it was erased: a part that was missing is kept without, and what is known stays known', async () => {
    const [a, b] = [newUser(), newUser()]
    const webhook = webhookOf([{ userId: b, kycReview: '1' }, ofA(a)], 'gone')
    const { store } = pipeline
    await receiving(failing(`kyc-${b}`))(webhook)
    const whole = sharedOf(await log()).find(({ data }) => data.includes(a)) ?? expect.fail('no whole')
    right(await store.erase(whole.stream, 0)())
    expect((await receiving(store)(webhook))._tag).to.equal('Appended')
    expect((await receiving(store)(webhook))._tag).to.equal('Duplicate')
    const events = await log()
    expect(sharedOf(events).filter(({ stream }) => stream === whole.stream)).to.deep.equal([])
    expect(metadataOf(streamIn(events, b)[0] ?? expect.fail())).to.have.property('whole', null)
    expect((await wrongIn(store)).join())
      .to.include(`kyc-${a}, revision 0`)
      .and.not.include(`kyc-${b}`)
  })
})
