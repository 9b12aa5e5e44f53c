import {
  type NamedEvent,
  OBSERVED,
  type Observation,
  type ObservedDocument,
  type Own,
  RELEASE_REQUESTED,
  RELEASED,
} from '../../../domain/event/ownEvent.ts'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import { streamOf } from '../../../domain/event/stream.ts'
import { ownEvent } from '../../../src/ledger/ownEvent.ts'
import { USER } from '../histories/histories.ts'
import type { WebhookJson } from '../webhooks/documentedWebhooks.ts'
import { instant, recordedStream } from './storedEvents.ts'

/** What the service writes into a stream itself, and when. */
export interface Writing {
  readonly own: Own
  readonly at: string
}

/** What the provider answers about a user: the review, or all fields; `null`: it knows no such user. */
export const observation = (user: unknown, documents: readonly ObservedDocument[] | null = null): Observation => ({
  source: 'treezor-api',
  user:
    user === null || (typeof user === 'object' && user !== null) ? (user as Observation['user']) : { kycReview: user },
  documents,
})

export const observed = (user: unknown, at: string, documents: readonly ObservedDocument[] | null = null): Writing => ({
  own: { type: OBSERVED, data: observation(user, documents) },
  at,
})

export const requested = (releases: NamedEvent, by: string, at: string): Writing => ({
  own: { type: RELEASE_REQUESTED, data: { releases, by, reason: 'the provider says so on the telephone' } },
  at,
})

export const releasedOn = (releases: NamedEvent, observationId: string, at: string): Writing => ({
  own: { type: RELEASED, data: { releases, on: { observation: observationId } } },
  at,
})

export const releasedByTwo = (
  releases: NamedEvent,
  [request, requestedBy, confirmedBy]: readonly [number, string, string],
  at: string,
): Writing => ({ own: { type: RELEASED, data: { releases, on: { request, requestedBy, confirmedBy } } }, at })

const positionOf = (revision: number): string => String(revision).padStart(16, '0')

/** The event of a stream, as it is appended. */
export const ownStored = ({ own, at }: Writing, revision: number): StoredEvent => {
  const eventId = `own-${revision}`
  const { type, data, metadata } = ownEvent(eventId, { ...own, data: { ...own.data }, recordedAt: instant(at) })
  return { eventId, type, data, metadata, revision, position: positionOf(revision) }
}

/** The stream with these behind what it holds. */
export const withOwn = (stream: readonly StoredEvent[], ...writings: readonly Writing[]): readonly StoredEvent[] =>
  stream.concat(writings.map((writing, index) => ownStored(writing, stream.length + index)))

/** The stream of the user with these webhooks, in the order in which they come, before anything of its own. */
export const heard = (...webhooks: readonly WebhookJson[]): readonly StoredEvent[] => recordedStream(USER, webhooks)

/** The name of the event of the stream at that revision. */
export const named = (stream: readonly StoredEvent[], revision: number): NamedEvent => {
  const event = stream[revision]
  if (event === undefined) throw new Error(`nothing stands at revision ${revision}`)
  const { payloadHash } = JSON.parse(event.metadata) as { readonly payloadHash: string }
  return { stream: streamOf(USER), revision, eventId: event.eventId, payloadHash }
}
