import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { currentStatus } from '../../domain/currentStatus.ts'
import { fold } from '../../domain/fold.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { type Env, type EventJson, newDirectory, type Service, startService, type Taken } from '../support/service.ts'
import {
  at,
  document,
  kycReview,
  newUser,
  refusal,
  request,
  signed,
  users,
  validation,
  type WebhookFields,
} from '../support/webhookBuilders.ts'

const ROUNDS = 20
const CLIENTS = 24

/** A delivery as its sender knows it: not `acknowledged` means that nobody knows what became of it. */
interface Delivery {
  readonly body: string
  readonly fact: string
  acknowledged: Taken['events'] | null
}

const everybody = Array.from({ length: 4 }, newUser)
const somebody = (): string => everybody[randomInt(everybody.length)] ?? ''

let facts = 0
/** A fact that has not been sent before, at a random time: about half of them arrive late. */
const newFact = (): Delivery => {
  facts += 1
  const fact = `fact-${facts}`
  const envelope = { id: fact, createdAt: at('2025-01-01T00:00:00Z') + randomInt(300) * 864_000_000 }
  const payload = { userTag: fact, kycReviewComment: fact }
  const kinds: readonly (() => WebhookFields)[] = [
    () => request(somebody(), envelope, payload),
    () => validation(somebody(), envelope, payload),
    () => refusal(somebody(), envelope, payload),
    () => kycReview(facts % 2 === 0 ? 'request' : 'result', somebody(), envelope, payload),
    () => document('update', somebody(), envelope, { documentTag: fact }),
    () =>
      users(
        everybody.map((userId) => ({ userId, ...payload })),
        envelope,
      ),
  ]
  const webhook = kinds[randomInt(kinds.length)]?.() ?? request(somebody(), envelope, payload)
  return { body: signed(webhook), fact, acknowledged: null }
}

const send = async (service: Service, delivery: Delivery): Promise<void> => {
  const response = await service.post(delivery.body)
  if (response.status !== 200) throw new Error(`answered ${response.status}`)
  const { events } = (await response.json()) as Taken
  if (delivery.acknowledged !== null) expect(events).to.deep.equal(delivery.acknowledged)
  delivery.acknowledged = events
}

/** Sends new facts, and now and then one that was sent before, until the service is gone. */
const client = async (service: Service, sent: Delivery[]): Promise<void> => {
  for (;;) {
    const before = randomInt(4) === 0 ? sent[randomInt(sent.length + 1)] : undefined
    const delivery = before ?? newFact()
    if (before === undefined) sent.push(delivery)
    try {
      await send(service, delivery)
    } catch (error) {
      if (error instanceof TypeError) return
      throw error
    }
  }
}

const streamOf = async (service: Service, user: string): Promise<readonly EventJson[]> => {
  const response = await service.get(`/users/${user}/events`, { accept: 'application/x-ndjson' })
  const text = await response.text()
  if (response.status === 404) return []
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as EventJson)
}

const expectNothingLost = async (service: Service, sent: readonly Delivery[]): Promise<void> => {
  const streams = new Map<string, readonly EventJson[]>()
  for (const user of everybody) streams.set(`kyc-${user}`, await streamOf(service, user))
  for (const events of streams.values()) {
    expect(events.map(({ revision }) => revision)).to.deep.equal(events.map((_, index) => index))
    expect(new Set(events.map(({ data }) => data['webhook_id'])).size).to.equal(events.length)
    expect(new Set(events.map(({ eventId }) => eventId)).size).to.equal(events.length)
  }
  for (const { fact, acknowledged } of sent) {
    for (const { stream, revision, eventId, position } of acknowledged ?? []) {
      const event = streams.get(stream)?.[revision]
      expect(event, fact).to.include({ eventId, position })
      expect(event?.data['webhook_id']).to.equal(fact)
    }
  }
}

const expectReadModelOfLog = async (service: Service): Promise<void> => {
  for (const user of everybody) {
    const events = await streamOf(service, user)
    if (events.length === 0) continue
    const stored = events.map(({ eventId, revision, data, metadata }) => ({
      eventId,
      revision,
      data: JSON.stringify(data),
      metadata: JSON.stringify(metadata),
    }))
    expect(await service.kycBody(user)).to.equal(JSON.stringify(currentStatus(fold(user as UserId, stored))))
  }
}

const { EVENTSTORE_TEST_URL: realServer } = process.env
/** A store with its environment, and how long it is under load at the most before the kill, in milliseconds. */
const stores: readonly (readonly [name: string, env: Env, longest: number])[] = [
  ['the embedded store', {}, 400],
  ...(realServer === undefined ? [] : [['a real EventStoreDB', { EVENT_STORE: realServer }, 1500] as const]),
]

for (const [store, env, longest] of stores)
  describe(`kill -9 under load, with ${store}`, () => {
    it(`loses nothing that was acknowledged, and takes nothing twice, in ${ROUNDS} rounds`, async () => {
      const directory = newDirectory()
      const sent: Delivery[] = []
      for (let round = 0; round < ROUNDS; round++) {
        const service = await startService(directory, env)
        if (round > 0) {
          await expectNothingLost(service, sent)
          await service.ready()
          await expectReadModelOfLog(service)
        }
        const load = Promise.all(Array.from({ length: CLIENTS }, () => client(service, sent)))
        await sleep(randomInt(20, longest))
        expect(await service.kill()).to.deep.equal({ code: null, signal: 'SIGKILL' })
        await load
      }
      const acknowledged = sent.filter((delivery) => delivery.acknowledged !== null)
      expect(acknowledged.length).to.be.greaterThan(ROUNDS * 5)
      expect(acknowledged.length).to.be.lessThan(sent.length)

      const service = await startService(directory, env)
      await expectNothingLost(service, sent)
      const count = async (): Promise<number> => {
        const streams = await Promise.all(everybody.map((user) => streamOf(service, user)))
        return streams.reduce((sum, events) => sum + events.length, 0)
      }
      const before = await count()
      for (const delivery of acknowledged) await send(service, delivery)
      expect(await count()).to.equal(before)
      for (const delivery of sent) await send(service, delivery)
      await expectNothingLost(service, sent)
      const everything = await count()
      for (const delivery of sent) await send(service, delivery)
      expect(await count()).to.equal(everything)
      await service.ready()
      await expectReadModelOfLog(service)
      expect(await service.stop()).to.deep.equal({ code: 0, signal: null })
    }).timeout(180_000)
  })
