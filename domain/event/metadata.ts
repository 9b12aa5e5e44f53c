import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { UserId } from '../identifiers.ts'
import { InstantFromRfc3339 } from '../instant.ts'
import { FAMILIES, type Family } from '../treezor/family.ts'
import { fields, membersOf, nullable } from '../treezor/fields.ts'
import type { Claim } from './occurrence.ts'

/** The format that is written today. Every format ever written stays readable. */
export const METADATA_FORMAT = 4

/** `echoOf` of an event whose stream has lost its beginning: what it may repeat can no longer be seen. */
export const UNSEEN = -1

/** What every format holds. */
const COMMON = {
  /** As it was understood at append, `null` for what was not; the identity of the fact rests on it. */
  family: nullable(t.keyof(Object.fromEntries(FAMILIES.map((family) => [family, null])) as Record<Family, null>)),
  payloadHash: t.string,
  webhookId: nullable(t.string),
  /** The time that the webhook claims, where it could be read. */
  webhookCreatedAt: nullable(InstantFromRfc3339),
  userId: nullable(UserId),
  /** When it was appended; in a stream it never goes back. */
  recordedAt: InstantFromRfc3339,
  /** Fingerprint of the secret that the signature matched. */
  secret: t.string,
  /** Revision of the first event with this payload; `UNSEEN` where that can no longer be seen. */
  echoOf: nullable(t.number),
}

/** Format 1: the time at which it occurred was settled at append, and what it was settled by was not kept. */
const Format1 = fields(
  {
    format: t.literal(1),
    ...COMMON,
    occurredAt: InstantFromRfc3339,
    occurredAtSource: t.keyof({ webhook: null, payload: null, receipt: null }),
    disbelief: nullable(t.keyof({ 'later-than-receipt': null, 'earlier-than-payload': null })),
  },
  'event metadata, format 1',
)

export type MetadataFormat1 = t.TypeOf<typeof Format1>

/** What dates an event, from format 2 on. */
const DATED = {
  claim: t.keyof({ read: null, unreadable: null, absent: null } satisfies Record<Claim, null>),
  /** The latest time that the signed payload stated, as it was read at append. */
  statedAt: nullable(InstantFromRfc3339),
  /** Whether that time may refute the one that the webhook claims. */
  statedBinds: t.boolean,
  /** When the delivery was first received: before `recordedAt` where it was refused first and submitted again. */
  receivedAt: InstantFromRfc3339,
}

/** Format 2: without salt, so that whoever knows all else of such an event can tell that it was there from its leaf alone. */
const Format2 = fields({ format: t.literal(2), ...COMMON, ...DATED }, 'event metadata, format 2')

/** 32 random bytes in base64. Nothing rests on them but that a leaf tells nothing of an event whose record is gone. */
const SALTED = { salt: t.string }

/** Format 3: of a webhook that speaks of several users each of them has all of it. */
const Format3 = fields({ format: t.literal(3), ...COMMON, ...DATED, ...SALTED }, 'event metadata, format 3')

/** Where the webhook stands whole of which an event holds a part. */
const Whole = fields(
  {
    stream: t.string,
    /** Its leaf in the tree of the log, in base64: over its salt, so that it tells nothing of the whole once that is gone. */
    leaf: t.string,
  },
  'whole webhook',
)
export type Whole = t.TypeOf<typeof Whole>

/** What is recorded beside the webhook: all that cannot be worked out again from the webhook itself. */
export const EventMetadata = fields(
  {
    format: t.literal(METADATA_FORMAT),
    ...COMMON,
    ...DATED,
    ...SALTED,
    /**
     * Of an event that holds what a webhook says of one of several users: the hash of the payload as it is kept there, made like
     * `payloadHash`, which is the one of the whole payload. `null` where all of the webhook is kept.
     */
    elementHash: nullable(t.string),
    /** `null` where all of the webhook is kept, and where its whole was not: it names somebody who was erased. */
    whole: nullable(Whole),
  },
  'event metadata, format 4',
)
export type EventMetadata = t.TypeOf<typeof EventMetadata>

/** Metadata of any format. */
export type StoredMetadata = MetadataFormat1 | t.TypeOf<typeof Format2> | t.TypeOf<typeof Format3> | EventMetadata

const OLDER: Readonly<Record<number, t.Decoder<unknown, StoredMetadata>>> = { 1: Format1, 2: Format2, 3: Format3 }

/** In the format that its number names; nothing where a newer version wrote it. */
export const metadataIn = (json: unknown): StoredMetadata | null => {
  const codec = OLDER[Number(membersOf(json)['format'])] ?? EventMetadata
  const decoded = codec.decode(json)
  return E.isRight(decoded) ? decoded.right : null
}
