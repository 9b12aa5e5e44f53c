import { hash } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import { isOfUsers, ORIGIN } from '../../domain/event/ownEvent.ts'
import { format, type Instant, parseRfc3339 } from '../../domain/instant.ts'
import type { NewEvent, RecordedEvent } from '../eventStore/recordedEvent.ts'
import { newSalt } from './salt.ts'

// Events that this service writes itself. They are told by `origin` in their metadata, which nothing but
// this file sets, and never by their type: the name of a webhook, which becomes its type, is not signed.

/** What their types begin with. */
export const OWN_TYPES = 'kyc-ledger.'
/** The one before it had no salt. */
const FORMAT = 3
const READABLE: ReadonlySet<unknown> = new Set([2, FORMAT])

type JsonObject = Readonly<Record<string, unknown>>

/** What one of them says. Its type begins with `OWN_TYPES`. */
export interface OwnEvent {
  readonly type: string
  readonly data: JsonObject
  readonly recordedAt: Instant
}

/** One of them as it is appended, under an id of its own; no two have the same salt. */
export const ownEvent = (eventId: string, { type, data: said, recordedAt }: OwnEvent): NewEvent => {
  const data = JSON.stringify(said)
  const about = { origin: ORIGIN, format: FORMAT, recordedAt: format(recordedAt), salt: newSalt() }
  // As the payload of a webhook has its hash beside it: what decides on a status does not become another thing unseen.
  const dataHash = isOfUsers(type) ? { dataHash: hash('sha256', data) } : {}
  return { eventId, type, data, metadata: JSON.stringify({ ...about, ...dataHash }) }
}

const objectIn = (text: string): JsonObject | null => {
  const json = J.parse(text)
  const isObject = E.isRight(json) && typeof json.right === 'object' && json.right !== null
  return isObject ? (json.right as JsonObject) : null
}

/** Whether this service wrote it itself, in whatever format. */
export const isOwnEvent = ({ metadata }: Pick<RecordedEvent, 'metadata'>): boolean =>
  // Nothing else spells the name: most events need not be parsed.
  (metadata.includes('origin') || metadata.includes('\\')) && objectIn(metadata)?.['origin'] === ORIGIN

/** Reads one back; `null` where it is none, or of a format that this version does not know. */
export const readOwnEvent = ({ type, data, metadata }: RecordedEvent): OwnEvent | null => {
  const about = objectIn(metadata)
  const said = objectIn(data)
  if (about?.['origin'] !== ORIGIN || !READABLE.has(about['format']) || said === null) return null
  const text = about['recordedAt']
  const recordedAt = typeof text === 'string' ? parseRfc3339(text) : null
  return recordedAt === null ? null : { type, data: said, recordedAt }
}
