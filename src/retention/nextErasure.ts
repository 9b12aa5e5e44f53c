import * as E from 'fp-ts/lib/Either.js'
import { decodeMetadata } from '../../domain/event/metadataText.ts'
import { isMixed } from '../../domain/event/mixed.ts'
import type { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import { mayEraseOfNobody } from '../../domain/retention/mayErase.ts'
import type { RetentionPolicy } from '../../domain/retention/policy.ts'
import { wholesNamedBy } from '../erasing/wholesNamedBy.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { RecordedEvent, StreamName } from '../eventStore/recordedEvent.ts'
import { recordedAtOf } from '../ledger/recordedAt.ts'
import { isShared, UNATTRIBUTED, userOfStream } from '../ledger/streams.ts'

/** How many events, and how many bytes their data and metadata have. */
export interface Amount {
  readonly events: number
  readonly bytes: number
}

/** What an erasure of all that is due would take now, and what webhooks about several users stand in streams of single ones. */
export interface NextErasure {
  readonly ofUsers: Amount
  /** Of the stream of what belongs to nobody only the oldest go: those before the first that is not due. */
  readonly ofNobody: Amount
  /** Each of them holds the persons of all its users in the stream of each. */
  readonly mixed: { readonly webhooks: number; readonly events: number }
}

const NONE: Amount = { events: 0, bytes: 0 }
const sum = (a: Amount, b: Amount): Amount => ({ events: a.events + b.events, bytes: a.bytes + b.bytes })
const plus = ({ events, bytes }: Amount, { data, metadata }: RecordedEvent): Amount => ({
  events: events + 1,
  bytes: bytes + Buffer.byteLength(data) + Buffer.byteLength(metadata),
})

/** What tells the webhook of an event from others, if it speaks of several users and stands whole beside one of them; else `null`. */
const mixedWebhook = (event: RecordedEvent): string | null => {
  const about = isMixed(event) ? decodeMetadata(event.metadata) : null
  return about === null ? null : JSON.stringify([about.payloadHash, about.webhookId, about.webhookCreatedAt])
}

/** Goes through the log once; `due` are the users whose records may go. */
export const nextErasure = async (
  store: EventStore,
  due: ReadonlySet<UserId>,
  policy: RetentionPolicy | null,
  now: Instant,
): Promise<NextErasure> => {
  let [ofUsers, ofNobody, mixedEvents] = [NONE, NONE, 0]
  let mayGo = true
  const webhooks = new Set<string>()
  const wholes = new Map<StreamName, Amount>()
  for await (const events of store.readAll()) {
    for (const event of events) {
      const userId = userOfStream(event.stream)
      // The whole of a webhook comes before its parts, and goes with the first of those whom it speaks of.
      if (isShared(event.stream)) wholes.set(event.stream, plus(wholes.get(event.stream) ?? NONE, event))
      if (userId !== null && due.has(userId)) {
        ofUsers = plus(ofUsers, event)
        for (const stream of wholesNamedBy(event)) {
          ofUsers = sum(ofUsers, wholes.get(stream) ?? NONE)
          wholes.delete(stream)
        }
      }
      const mixed = userId === null ? null : mixedWebhook(event)
      if (mixed !== null) {
        webhooks.add(mixed)
        mixedEvents += 1
      }
      if (event.stream !== UNATTRIBUTED || !mayGo) continue
      mayGo = E.isRight(mayEraseOfNobody(recordedAtOf(event), policy, now))
      if (mayGo) ofNobody = plus(ofNobody, event)
    }
  }
  return { ofUsers, ofNobody, mixed: { webhooks: webhooks.size, events: mixedEvents } }
}
