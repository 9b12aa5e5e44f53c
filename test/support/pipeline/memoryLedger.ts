import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../../domain/identifiers.ts'
import { fromMilliseconds } from '../../../domain/instant.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import type { NewEvent, RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import type { DeliveryOutcome } from '../../../src/ingest/delivery.ts'
import { receiveDelivery } from '../../../src/ingest/receiveDelivery.ts'
import { recordFacts } from '../../../src/ingest/recordFact.ts'
import { ownEvent } from '../../../src/ledger/ownEvent.ts'
import { streamOf, UNATTRIBUTED } from '../../../src/ledger/streams.ts'
import { webhookSecret } from '../../../src/webhooks/signature.ts'
import { memoryStore } from '../../fuzz/memoryStore.ts'
import { right } from '../right.ts'
import type { WebhookJson } from '../webhooks/documentedWebhooks.ts'
import { SECRET } from '../webhooks/webhookBuilders.ts'
import { deliveryOf } from './pipeline.ts'

/** A log in memory, and the way of a delivery into it: what costs so little that thousands of histories can be tried. */
export interface MemoryLedger {
  /** At so many milliseconds. */
  readonly deliver: (webhook: WebhookJson, at: number) => Promise<DeliveryOutcome>
  /** Writes what the service says itself into the stream of a user, at its end. Its id tells nothing of when it was written. */
  readonly write: (userId: UserId, type: string, data: object, at: number) => Promise<RecordedEvent>
  /** Appends events to the stream of a user, at its end. */
  readonly append: (userId: UserId, events: readonly NewEvent[]) => Promise<void>
  /** The events of a user, and those of nobody. */
  readonly own: (userId: UserId) => readonly RecordedEvent[]
  readonly orphans: () => readonly RecordedEvent[]
}

export const openMemoryLedger = (): MemoryLedger => {
  const store = memoryStore()
  let clock = 0
  let written = 0
  const receive = receiveDelivery({
    recorder: recordFacts(store as unknown as EventStore, () => fromMilliseconds(clock)),
    secrets: () => [webhookSecret(SECRET)],
    keep: async () => E.right(undefined),
  })
  const append = async (userId: UserId, events: readonly NewEvent[]): Promise<void> => {
    const stream = streamOf(userId)
    const last = store.stream(stream).at(-1)
    right(await store.append(stream, last === undefined ? 'no-stream' : last.revision, events)())
  }
  return {
    append,
    deliver: async (webhook, at) => {
      clock = at
      const receivedAt = fromMilliseconds(at)
      const outcome = await receive({
        body: deliveryOf(webhook),
        contentType: 'application/json',
        receivedAt,
        resubmitted: false,
      })
      if (outcome._tag === 'NotStored') throw new Error(outcome.reason)
      return outcome
    },
    write: async (userId, type, data, at) => {
      written += 1
      const digits = ((written * 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')
      const event = ownEvent(`${digits}-0000-4000-8000-000000000000`, {
        type,
        data: data as Readonly<Record<string, unknown>>,
        recordedAt: fromMilliseconds(at),
      })
      await append(userId, [event])
      return store.stream(streamOf(userId)).at(-1) as RecordedEvent
    },
    own: (userId) => store.stream(streamOf(userId)),
    orphans: () => store.stream(UNATTRIBUTED),
  }
}
