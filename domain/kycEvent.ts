import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import * as t from 'io-ts'
import type { Family } from './family.ts'
import { UserId } from './identifiers.ts'
import { InstantFromRfc3339 } from './instant.ts'
import type { Webhook } from './interpretation.ts'
import { fields, nullable } from './reading.ts'

/** The format that is written today. Every format ever written stays readable. */
export const METADATA_FORMAT = 1

/** What is recorded beside the webhook, in format 1: all that cannot be worked out again from the webhook itself. */
export const EventMetadata = fields(
  {
    format: t.literal(METADATA_FORMAT),
    /** As it was understood at append; the identity of the fact rests on it. */
    family: nullable(
      t.keyof({
        user: null,
        kyc: null,
        document: null,
        liveness: null,
        qes: null,
        videoConference: null,
        identification: null,
      } satisfies Record<Family, null>),
    ),
    payloadHash: t.string,
    webhookId: nullable(t.string),
    webhookCreatedAt: nullable(InstantFromRfc3339),
    userId: nullable(UserId),
    occurredAt: InstantFromRfc3339,
    occurredAtSource: t.keyof({ webhook: null, payload: null, receipt: null }),
    disbelief: nullable(t.keyof({ 'later-than-receipt': null, 'earlier-than-payload': null })),
    recordedAt: InstantFromRfc3339,
    /** Fingerprint of the secret that the signature matched. */
    secret: t.string,
    echoOf: nullable(t.number),
  },
  'event metadata, format 1',
)
export type EventMetadata = t.TypeOf<typeof EventMetadata>

/** An event of a user's stream with its webhook: what the fold works on. */
export interface KycEvent extends EventMetadata {
  readonly eventId: string
  readonly revision: number
  readonly webhook: Webhook
}

/** An event as a store gives it: texts as they were appended. */
export interface StoredEvent {
  readonly eventId: string
  readonly revision: number
  readonly data: string
  readonly metadata: string
}

/** An event that this version cannot read: written by a newer one, or not by this service. */
export interface UnreadableEvent {
  readonly _tag: 'UnreadableEvent'
  readonly eventId: string
  readonly revision: number
}

const idText = (u: unknown): string | null =>
  typeof u === 'string' && u !== '' ? u : typeof u === 'number' ? String(u) : null

/** The meaningful parts of a webhook, out of its JSON. */
export const webhookOf = (json: unknown): Webhook => {
  const body = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>
  return {
    name: typeof body['webhook'] === 'string' ? body['webhook'] : null,
    objectId: idText(body['object_id']),
    payload: body['object_payload'],
  }
}

const unreadable = ({ eventId, revision }: StoredEvent): E.Either<UnreadableEvent, never> =>
  E.left({ _tag: 'UnreadableEvent', eventId, revision })

export const readMetadata = (stored: StoredEvent): E.Either<UnreadableEvent, EventMetadata> => {
  const json = J.parse(stored.metadata)
  const metadata = E.isRight(json) ? EventMetadata.decode(json.right) : json
  return E.isRight(metadata) ? metadata : unreadable(stored)
}

/** Reads an event back. What the webhook means is not stored: `interpret` works it out anew each time. */
export const readEvent = (stored: StoredEvent): E.Either<UnreadableEvent, KycEvent> => {
  const metadata = readMetadata(stored)
  if (E.isLeft(metadata)) return metadata
  const json = J.parse(stored.data)
  if (E.isLeft(json)) return unreadable(stored)
  const { eventId, revision } = stored
  return E.right({ ...metadata.right, eventId, revision, webhook: webhookOf(json.right) })
}
