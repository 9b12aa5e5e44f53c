import { randomInt } from 'node:crypto'
import { expect } from 'chai'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { fold } from '../../../domain/state/fold.ts'
import {
  at,
  document,
  kycReview,
  refusal,
  request,
  signed,
  users,
  validation,
  type WebhookFields,
} from '../webhooks/webhookBuilders.ts'
import { answered, type EventJson, okText, type Taken } from './answers.ts'
import type { OwnService } from './service.ts'

/** A delivery as its sender knows it: not `acknowledged` means that nobody knows what became of it. */
export interface Delivery {
  readonly body: string
  readonly fact: string
  acknowledged: Taken['events'] | null
}

/** Makes facts about these users that have not been sent before, at random times: about half of them arrive late. */
export const factsAbout = (everybody: readonly string[]): (() => Delivery) => {
  const somebody = (): string => everybody[randomInt(everybody.length)] ?? ''
  let facts = 0
  return () => {
    facts += 1
    const fact = `fact-${facts}`
    const envelope = { id: fact, createdAt: at('2025-01-01T00:00:00Z') + randomInt(300) * 864_000_000 }
    const payload = { userTag: fact, kycReviewComment: fact }
    const several = everybody.slice(0, 4).map((userId) => ({ userId, ...payload }))
    const kinds: readonly (() => WebhookFields)[] = [
      () => request(somebody(), envelope, payload),
      () => validation(somebody(), envelope, payload),
      () => refusal(somebody(), envelope, payload),
      () => kycReview(facts % 2 === 0 ? 'request' : 'result', somebody(), envelope, payload),
      () => document('update', somebody(), envelope, { documentTag: fact }),
      () => users(several, envelope),
    ]
    const webhook = kinds[randomInt(kinds.length)]?.() ?? request(somebody(), envelope, payload)
    return { body: signed(webhook), fact, acknowledged: null }
  }
}

/** Delivers, and notes where the answer says that it stands, which is the same every time. Rejects unless that is a 200. */
export const send = async (service: OwnService, delivery: Delivery): Promise<void> => {
  const response = await service.post(delivery.body)
  if (response.status !== 200) throw new Error(`answered ${response.status}`)
  const { events } = (await response.json()) as Taken
  if (delivery.acknowledged !== null) expect(events).to.deep.equal(delivery.acknowledged)
  delivery.acknowledged = events
}

export const streamOf = async (service: OwnService, user: string): Promise<readonly EventJson[]> => {
  const response = await answered(() => service.get(`/users/${user}/events`, { accept: 'application/x-ndjson' }))
  if (response.status === 404) return []
  return (await okText(response))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as EventJson)
}

/** What was acknowledged stands where the answer said, and nothing stands twice. */
export const expectNothingLost = async (
  service: OwnService,
  everybody: readonly string[],
  sent: readonly Delivery[],
): Promise<void> => {
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

/** The read model answers what the fold of the log gives. */
export const expectReadModelOfLog = async (service: OwnService, everybody: readonly string[]): Promise<void> => {
  for (const user of everybody) {
    const events = await streamOf(service, user)
    if (events.length === 0) continue
    const stored = events.map(({ eventId, revision, position, type, data, metadata }) => ({
      eventId,
      revision,
      position,
      type,
      data: JSON.stringify(data),
      metadata: JSON.stringify(metadata),
    }))
    expect(await service.kycBody(user)).to.equal(JSON.stringify(currentStatus(fold(user as UserId, stored))))
  }
}
