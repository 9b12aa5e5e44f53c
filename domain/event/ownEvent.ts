import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import * as t from 'io-ts'
import { ObjectId } from '../identifiers.ts'
import { type Instant, InstantFromRfc3339 } from '../instant.ts'
import { fields, membersOf, nullable } from '../treezor/fields.ts'
import { correctedReceipt, type ReceiptCorrection } from './receiptCorrection.ts'
import type { StoredEvent } from './storedEvent.ts'

// Events of a user's stream that this service writes itself: what the provider answered when it was asked, and that a
// success which was held back is released. They are told by `origin` in their metadata, never by their type.

/** `origin` of what this service writes itself. */
export const ORIGIN = 'kyc-ledger'

export const OBSERVED = 'kyc-ledger.observed'
export const RELEASE_REQUESTED = 'kyc-ledger.release-requested'
export const RELEASED = 'kyc-ledger.released'

/** The fields of a user that are compared, as the provider's API wrote them: any JSON; absent ones are absent. */
export interface ObservedUser {
  readonly kycReview?: unknown
  readonly kycLevel?: unknown
  readonly userStatus?: unknown
}

/** The same of a document. */
export interface ObservedDocument {
  readonly documentId: string
  readonly documentTypeId?: unknown
  readonly documentStatus?: unknown
  readonly codeStatus?: unknown
}

/** What the provider answered when it was asked about a user. It is not signed. */
export interface Observation {
  readonly source: 'treezor-api'
  /** `null`: the provider knows no such user. */
  readonly user: ObservedUser | null
  /** `null`: it was not asked about them. */
  readonly documents: readonly ObservedDocument[] | null
}

/** Names an event that was held back: the place where it stands, and what stands there. */
export interface NamedEvent {
  readonly stream: string
  readonly revision: number
  readonly eventId: string
  readonly payloadHash: string
}

/** A person asks for a release. */
export interface ReleaseRequest {
  readonly releases: NamedEvent
  /** The name of the key, or the subject of the token. */
  readonly by: string
  readonly reason: string
}

/** On what a release rests: an observation of the same stream, by its event id; or the request at that revision, confirmed by another. */
export type Ground =
  | { readonly observation: string }
  | { readonly request: number; readonly requestedBy: string; readonly confirmedBy: string }

/** An event that was held back counts from now on. */
export interface Release {
  readonly releases: NamedEvent
  readonly on: Ground
}

const ObservedUser = fields({ kycReview: t.unknown, kycLevel: t.unknown, userStatus: t.unknown }, 'observed user')
const ObservedDocument = fields(
  { documentId: ObjectId, documentTypeId: t.unknown, documentStatus: t.unknown, codeStatus: t.unknown },
  'observed document',
)
const Observation = fields(
  {
    source: t.literal('treezor-api'),
    user: nullable(ObservedUser),
    documents: nullable(t.readonlyArray(ObservedDocument)),
  },
  'observation',
)
const NamedEvent = fields(
  { stream: t.string, revision: t.number, eventId: t.string, payloadHash: t.string },
  'named event',
)
const ReleaseRequest = fields({ releases: NamedEvent, by: t.string, reason: t.string }, 'request of a release')
const Ground: t.Type<Ground, unknown, unknown> = t.union([
  fields({ observation: t.string }, 'observation'),
  fields({ request: t.number, requestedBy: t.string, confirmedBy: t.string }, 'confirmed request'),
])
const Release = fields({ releases: NamedEvent, on: Ground }, 'release')

/** What one of them says. */
export type Own =
  | { readonly type: typeof OBSERVED; readonly data: Observation }
  | { readonly type: typeof RELEASE_REQUESTED; readonly data: ReleaseRequest }
  | { readonly type: typeof RELEASED; readonly data: Release }

/** When one of them was recorded, which is when it occurred: as a wrong clock wrote it, or as it counts. */
export interface OwnTimes {
  readonly occurredAt: Instant
  readonly recordedAt: Instant
  readonly corrected: boolean
}

/** One of them, read back. */
export interface OwnEvent extends OwnTimes {
  readonly _tag: 'Own'
  readonly eventId: string
  readonly revision: number
  readonly position: string
  readonly says: Own
}

const CODECS: Readonly<Record<string, t.Decoder<unknown, Own['data']>>> = {
  [OBSERVED]: Observation,
  [RELEASE_REQUESTED]: ReleaseRequest,
  [RELEASED]: Release,
}

/** Whether events of a type are written into the streams of users: what they hold decides on a status. */
export const isOfUsers = (type: string): boolean => Object.hasOwn(CODECS, type)

/** The formats of metadata of what this service writes itself; the one before had no salt. */
const Metadata = fields(
  {
    origin: t.literal(ORIGIN),
    format: t.union([t.literal(2), t.literal(3)]),
    recordedAt: InstantFromRfc3339,
    /** SHA-256 of the text of the data, hexadecimal: of what stands in the streams of users. */
    dataHash: t.union([t.string, t.undefined]),
  },
  'metadata of an own event',
)

/** Whether metadata are those of something that this service wrote itself, of whatever format. */
export const isOwn = (metadata: unknown): boolean => membersOf(metadata)['origin'] === ORIGIN

const ownTimes = (metadata: unknown, position: string, corrections: readonly ReceiptCorrection[]): OwnTimes | null => {
  const decoded = Metadata.decode(metadata)
  if (E.isLeft(decoded)) return null
  const countsAs = correctedReceipt(position, corrections)
  const recordedAt = countsAs ?? decoded.right.recordedAt
  return { occurredAt: recordedAt, recordedAt, corrected: countsAs !== null }
}

/** The times of something that this service wrote itself; `null` of anything else, and of a format that this version does not know. */
export const readOwnTimes = (
  { metadata, position }: Pick<StoredEvent, 'metadata' | 'position'>,
  corrections: readonly ReceiptCorrection[],
): OwnTimes | null => {
  const json = J.parse(metadata)
  return E.isRight(json) && isOwn(json.right) ? ownTimes(json.right, position, corrections) : null
}

/** Whether what one of them holds is not what was recorded; not of what stands elsewhere than in the streams of users. */
export const isOwnAltered = (stored: Pick<StoredEvent, 'hasData'>, metadata: unknown): boolean => {
  const { dataHash } = membersOf(metadata)
  return typeof dataHash === 'string' && stored.hasData?.(dataHash) === false
}

/**
 * Reads one of them back whose metadata were read already; `null` where this version does not know its type or shape, or where no hash
 * stands beside it.
 */
export const readOwn = (
  { eventId, revision, position, type, data }: StoredEvent,
  metadata: unknown,
  corrections: readonly ReceiptCorrection[],
): OwnEvent | null => {
  const codec = isOfUsers(type) ? CODECS[type] : undefined
  const times = ownTimes(metadata, position, corrections)
  const json = J.parse(data)
  if (codec === undefined || times === null || typeof membersOf(metadata)['dataHash'] !== 'string') return null
  if (E.isLeft(json)) return null
  const decoded = codec.decode(json.right)
  if (E.isLeft(decoded)) return null
  return { _tag: 'Own', eventId, revision, position, ...times, says: { type, data: decoded.right } as Own }
}
