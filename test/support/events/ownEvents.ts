import type { Instant } from '../../../domain/instant.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import type { NewEvent, Position, RecordedEvent, Revision } from '../../../src/eventStore/recordedEvent.ts'
import { eventIdOf } from '../../../src/ledger/eventId.ts'
import { ownEvent } from '../../../src/ledger/ownEvent.ts'
import { right } from '../right.ts'

// What this service writes into streams of users beside webhooks, whatever has it write that.

type User = string | number

/** Under the same id each time for the same words about the same user at the same time. */
export const said = (
  user: User,
  type: string,
  data: Readonly<Record<string, unknown>>,
  recordedAt: Instant,
): NewEvent =>
  ownEvent(eventIdOf(JSON.stringify([String(user), type, data, recordedAt])), {
    type: `kyc-ledger.${type}`,
    data,
    recordedAt,
  })

/** What the provider's API says of a user, in its own values; `null`: it knows no such user. */
export type SaidByApi = Readonly<
  Partial<Record<'kycReview' | 'kycLevel' | 'userStatus', string | number | null>>
> | null

/** `documents`: `null` where it was not asked for them. */
export const observed = (
  about: User,
  user: SaidByApi,
  at: Instant,
  documents: readonly object[] | null = null,
): NewEvent => said(about, 'observed', { source: 'treezor-api', user, documents }, at)

interface Releases {
  readonly stream: string
  readonly revision: Revision
  readonly eventId: string
  readonly payloadHash: string
}

/** What a release says of the event that it releases. */
export const releasesOf = ({ stream, revision, eventId, metadata }: RecordedEvent): Releases => ({
  stream,
  revision,
  eventId,
  payloadHash: (JSON.parse(metadata) as { readonly payloadHash: string }).payloadHash,
})

export const releaseRequested = (event: RecordedEvent, by: string, at: Instant, reason = 'he has shown it'): NewEvent =>
  said(event.stream, 'release-requested', { releases: releasesOf(event), by, reason }, at)

export const released = (
  event: RecordedEvent,
  on:
    | { readonly observation: string }
    | { readonly request: Revision; readonly requestedBy: string; readonly confirmedBy: string },
  at: Instant,
): NewEvent => said(event.stream, 'released', { releases: releasesOf(event), on }, at)

/** Appends behind what the stream of the user holds. Gives where the last of them stands. */
export const appendOwn = async (
  store: Pick<EventStore, 'append' | 'readStream'>,
  userId: string,
  ...events: readonly NewEvent[]
): Promise<Position> => {
  const stream = `kyc-${userId}`
  const [last] = await Array.fromAsync(store.readStream(stream, { direction: 'backwards', limit: 1 }))
  return right(await store.append(stream, last?.revision ?? 'no-stream', events)()).position
}
