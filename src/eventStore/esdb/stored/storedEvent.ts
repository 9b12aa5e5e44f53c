import { randomUUID } from 'node:crypto'
import type { AllStreamRecordedEvent, RecordedEvent as Read } from '@eventstore/db-client'
import * as E from 'fp-ts/lib/Either.js'
import { asRead } from '../../asRead.ts'
import type { NewEvent, RecordedEvent } from '../../recordedEvent.ts'
import { positionOf } from './position.ts'
import type { StreamNames } from './streamNames.ts'

// The client reads JSON values, the port deals in texts. Data whose value would not give the text back (0.00, digits beyond
// 2^53, keys twice or like integers, white space, escapes) is stored as bytes that the client leaves alone; it was stored as
// JSON once, with the text beside it.

/**
 * Keys in the metadata of a stored event: the text of data, as it was written until 0.1, and of metadata that its value does
 * not give back. Metadata that is no object, or holds such a key itself, stands as a text alone.
 */
const DATA_TEXT = 'kyc-ledger.dataText'
const METADATA_TEXT = 'kyc-ledger.metadataText'

/**
 * Key of the event's id in the metadata. The id that the server is given is another for each append: it takes an id that it
 * holds at the expected revision for a repetition and says nothing else, whoever wrote that one. Until 0.1 the server was
 * given the event's own id.
 */
const EVENT_ID = 'kyc-ledger.eventId'

/** Of JSON nested deeper the text is kept: a value is turned into a text by recursion. */
const DEEPEST = 200

/** The server gives ids back in lower case. */
const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/

type JsonObject = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isDeeperThan = (levels: number, value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner)))

/** Whether so many values may lie in one another: by how often one begins, be it within a string. */
const mayBeDeeperThan = (levels: number, text: string): boolean => {
  let left = levels
  for (const opening of ['{', '[']) {
    for (let at = text.indexOf(opening); at !== -1; at = text.indexOf(opening, at + 1)) {
      left -= 1
      if (left < 0) return true
    }
  }
  return false
}

/** The value of a JSON text, and whether the value alone gives the text back. Throws on a text that is not JSON. */
const readJson = (text: string): { readonly value: unknown; readonly exact: boolean } => {
  const value: unknown = JSON.parse(text)
  return mayBeDeeperThan(DEEPEST, text) && isDeeperThan(DEEPEST, value)
    ? { value: null, exact: false }
    : { value, exact: JSON.stringify(value) === text }
}

const KEYS = [DATA_TEXT, METADATA_TEXT, EVENT_ID]

/** The metadata to store: as they are, where reading gives them back; otherwise with their text, or as a text alone. */
const storedMetadata = (metadata: string, eventId: string): string => {
  const { value, exact } = readJson(metadata)
  const open = isObject(value) && !KEYS.some((key) => key in value)
  // As it would be written of the value with one key more.
  if (open && exact && metadata !== '{}') return `${metadata.slice(0, -1)},"${EVENT_ID}":"${eventId}"}`
  return JSON.stringify({
    ...(open ? value : {}),
    ...(open && exact ? {} : { [METADATA_TEXT]: metadata }),
    [EVENT_ID]: eventId,
  })
}

const JSON_VALUE = 'application/json'
const BYTES = 'application/octet-stream'

/** An event as it is sent. */
export interface ProposedEvent {
  readonly id: string
  readonly type: string
  readonly contentType: typeof JSON_VALUE | typeof BYTES
  readonly data: string
  readonly metadata: string
}

/** What the texts of the events take, in bytes. */
export const sizeOf = (events: readonly ProposedEvent[]): number =>
  events.reduce((size, { data, metadata }) => size + Buffer.byteLength(data) + Buffer.byteLength(metadata), 0)

/** The event as it is sent, and sent again, in one append; the reason why it cannot enter the log, otherwise. */
export const asStored = ({ eventId, type, data, metadata }: NewEvent): E.Either<string, ProposedEvent> => {
  if (!UUID.test(eventId)) return E.left('an event id is not a UUID in lower case')
  if (!(type.isWellFormed() && data.isWellFormed() && metadata.isWellFormed())) {
    return E.left('a text of an event is not a well-formed string')
  }
  try {
    const stored = storedMetadata(metadata, eventId)
    const contentType = readJson(data).exact ? JSON_VALUE : BYTES
    return E.right({ id: randomUUID(), type, contentType, data, metadata: stored })
  } catch {
    return E.left('data or metadata of an event is not JSON')
  }
}

const textOf = (value: unknown): string => JSON.stringify(value) ?? 'null'

const dataOf = ({ isJson, data }: Read | AllStreamRecordedEvent): string =>
  isJson ? textOf(data) : Buffer.from(data as Uint8Array).toString()

/**
 * An event as read, with the texts it was appended with. Another application's event comes as the JSON it holds, or as its
 * bytes read as UTF-8.
 */
export const asRecorded = (event: Read | AllStreamRecordedEvent, names: StreamNames): RecordedEvent => {
  const metadata: unknown = event.metadata ?? {}
  const keys: JsonObject = isObject(metadata) ? metadata : {}
  const { [DATA_TEXT]: dataText, [METADATA_TEXT]: metadataText, [EVENT_ID]: eventId, ...rest } = keys
  const texts: NewEvent = {
    eventId: typeof eventId === 'string' ? eventId : event.id,
    type: event.type,
    data: typeof dataText === 'string' ? dataText : dataOf(event),
    metadata: typeof metadataText === 'string' ? metadataText : textOf(isObject(metadata) ? rest : metadata),
  }
  const position = positionOf(event.position ?? { commit: 0n, prepare: 0n })
  return asRead(texts, names.named(event.streamId), Number(event.revision), position)
}
