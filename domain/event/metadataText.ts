import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import { isUserId, type UserId } from '../identifiers.ts'
import { format, type Instant, parseRfc3339 } from '../instant.ts'
import { FAMILIES, type Family } from '../treezor/family.ts'
import { type EventMetadata, type MetadataFormat1, metadataIn, type StoredMetadata } from './metadata.ts'

const quoted = (text: string | null): string => (text === null ? 'null' : `"${text}"`)
const timeText = (instant: Instant | null): string => (instant === null ? 'null' : `"${format(instant)}"`)

/**
 * Metadata as text, as `JSON.stringify` spells what `EventMetadata` encodes, in a third of the time. Only a `webhook_id` may be anything, and of
 * a whole that is seldom there.
 */
export const metadataText = (m: EventMetadata): string =>
  `{"family":${quoted(m.family)},"payloadHash":"${m.payloadHash}","elementHash":${quoted(m.elementHash)},` +
  `"webhookId":${JSON.stringify(m.webhookId)},"webhookCreatedAt":${timeText(m.webhookCreatedAt)},"claim":"${m.claim}",` +
  `"userId":${quoted(m.userId)},"statedAt":${timeText(m.statedAt)},"statedBinds":${m.statedBinds},` +
  `"receivedAt":${timeText(m.receivedAt)},"secret":"${m.secret}","format":${m.format},"recordedAt":${timeText(m.recordedAt)},` +
  `"echoOf":${m.echoOf},"salt":"${m.salt}","whole":${m.whole === null ? 'null' : JSON.stringify(m.whole)}}`

// Metadata spelled as this service has written them are read without JSON and codecs, in some two thirds of the time. Nothing here
// decides what may stand in them: what is spelled otherwise, or holds anything else, is left to the codecs.

const TEXT = String.raw`"([^"\\\u0000-\u001f]*)"`
const OR_NULL = (value: string): string => `(?:null|${value})`
const REVISION = OR_NULL(String.raw`(-?[1-9]\d{0,14}|0)`)

const named = (elementHash: string): string =>
  `^\\{"family":${OR_NULL(TEXT)},"payloadHash":${TEXT}${elementHash},"webhookId":${OR_NULL(TEXT)},"webhookCreatedAt":${OR_NULL(TEXT)},`
const recorded = (format: number): string =>
  `"secret":${TEXT},"format":${format},"recordedAt":${TEXT},"echoOf":${REVISION}`
const DATED =
  `"claim":"(read|unreadable|absent)","userId":${OR_NULL(TEXT)},"statedAt":${OR_NULL(TEXT)},` +
  `"statedBinds":(true|false),"receivedAt":${TEXT},`

const FORMAT_1 = RegExp(
  `${named('')}"userId":${OR_NULL(TEXT)},"occurredAt":${TEXT},"occurredAtSource":"(webhook|payload|receipt)",` +
    `"disbelief":${OR_NULL('"(later-than-receipt|earlier-than-payload)"')},${recorded(1)}\\}$`,
)
/** The same groups in each. */
const LATER: Readonly<Record<string, RegExp>> = {
  2: RegExp(`${named('()')}${DATED}${recorded(2)}\\}$`),
  3: RegExp(`${named('()')}${DATED}${recorded(3)},"salt":${TEXT}\\}$`),
  4: RegExp(`${named(`,"elementHash":${OR_NULL(TEXT)}`)}${DATED}${recorded(4)},"salt":${TEXT},"whole":null\\}$`),
}

/** `NaN`: there is no time. */
const timeOf = (text = ''): Instant => parseRfc3339(text) ?? (Number.NaN as Instant)
const timeOrNull = (text: string | undefined): Instant | null => (text === undefined ? null : timeOf(text))
const areTimes = (...times: readonly (number | null)[]): boolean => !times.some(Number.isNaN)

const FAMILY_NAMES: ReadonlySet<string | undefined> = new Set([undefined, ...FAMILIES])

const isSound = (family: string | undefined, userId: string | undefined): boolean =>
  FAMILY_NAMES.has(family) && (userId === undefined || isUserId(userId))

const readFormat1 = (text: string): MetadataFormat1 | null => {
  const found = FORMAT_1.exec(text)
  if (found === null) return null
  const [, family, payloadHash = '', webhookId, createdAt, userId, occurred, source, disbelief] = found
  const [, , , , , , , , , secret = '', recordedText, echoOf] = found
  if (!isSound(family, userId)) return null
  const webhookCreatedAt = timeOrNull(createdAt)
  const occurredAt = timeOf(occurred)
  const recordedAt = timeOf(recordedText)
  if (!areTimes(webhookCreatedAt, occurredAt, recordedAt)) return null
  return {
    format: 1,
    family: (family ?? null) as Family | null,
    payloadHash,
    webhookId: webhookId ?? null,
    webhookCreatedAt,
    userId: (userId ?? null) as UserId | null,
    recordedAt,
    secret,
    echoOf: echoOf === undefined ? null : Number(echoOf),
    occurredAt,
    occurredAtSource: source as MetadataFormat1['occurredAtSource'],
    disbelief: (disbelief ?? null) as MetadataFormat1['disbelief'],
  }
}

const readLater = (text: string, format: string): StoredMetadata | null => {
  const found = LATER[format]?.exec(text)
  if (found === null || found === undefined) return null
  const [, family, payloadHash = '', elementHash, webhookId, createdAt, claim, userId, stated, binds] = found
  const [, , , , , , , , , , received, secret = '', recordedText, echoOf, salt = ''] = found
  if (!isSound(family, userId)) return null
  const webhookCreatedAt = timeOrNull(createdAt)
  const statedAt = timeOrNull(stated)
  const receivedAt = timeOf(received)
  const recordedAt = timeOf(recordedText)
  if (!areTimes(webhookCreatedAt, statedAt, receivedAt, recordedAt)) return null
  const common = {
    family: (family ?? null) as Family | null,
    payloadHash,
    webhookId: webhookId ?? null,
    webhookCreatedAt,
    userId: (userId ?? null) as UserId | null,
    recordedAt,
    secret,
    echoOf: echoOf === undefined ? null : Number(echoOf),
    claim: claim as EventMetadata['claim'],
    statedAt,
    statedBinds: binds === 'true',
    receivedAt,
  }
  if (format === '2') return { format: 2, ...common }
  if (format === '3') return { format: 3, ...common, salt }
  return { format: 4, ...common, salt, elementHash: elementHash ?? null, whole: null }
}

const FORMAT = '"format":'

/** Reads metadata that are spelled as they are written here; `null` of any other text, which may hold metadata as well. */
export const readWritten = (text: string): StoredMetadata | null => {
  const format = text.charAt(text.indexOf(FORMAT) + FORMAT.length)
  return format === '1' ? readFormat1(text) : readLater(text, format)
}

/** `metadataIn` out of a text. */
export const decodeMetadata = (text: string): StoredMetadata | null => {
  const written = readWritten(text)
  if (written !== null) return written
  const json = J.parse(text)
  return E.isLeft(json) ? null : metadataIn(json.right)
}
