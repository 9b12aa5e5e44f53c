import {
  type AllStreamRecordedEvent,
  type JSONEventData,
  jsonEvent,
  type RecordedEvent as Read,
} from '@eventstore/db-client'
import * as E from 'fp-ts/lib/Either.js'
import type { NewEvent, RecordedEvent } from '../eventStore.ts'
import { positionOf } from './position.ts'
import type { StreamNames } from './streamNames.ts'

/**
 * Keys in the metadata of a stored event. The store keeps JSON values, the port deals in texts: where the value does
 * not give the text back (0.00, digits beyond 2^53, keys twice or like integers, white space, escapes), the text stands
 * here. Metadata that is no object, or holds such a key itself, stands as a text alone.
 */
const DATA_TEXT = 'kyc-ledger.dataText'
const METADATA_TEXT = 'kyc-ledger.metadataText'

/** JSON nested deeper is kept as a text only: the client serialises by recursion, and an error there hangs the call. */
const DEEPEST = 200

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/

type Stored = ReturnType<typeof jsonEvent>
type JsonObject = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const depthOf = (json: string): number => {
  let depth = 0
  let deepest = 0
  for (let i = 0; i < json.length; i++) {
    const unit = json[i]
    if (unit === '{' || unit === '[') deepest = Math.max(deepest, ++depth)
    else if (unit === '}' || unit === ']') depth--
  }
  return deepest
}

/** The value of a JSON text, and whether the value alone gives the text back. Throws on a text that is not JSON. */
const readJson = (text: string): { readonly value: unknown; readonly exact: boolean } => {
  const value: unknown = JSON.parse(text)
  // Brackets inside strings count too: such a text is merely kept twice.
  return depthOf(text) > DEEPEST ? { value: null, exact: false } : { value, exact: JSON.stringify(value) === text }
}

/** The event as the client is handed it; the reason why it cannot enter the log, otherwise. */
export const asStored = ({ eventId, type, data, metadata }: NewEvent): E.Either<string, Stored> => {
  if (!UUID.test(eventId)) return E.left('an event id is not a UUID in lower case')
  if (![type, data, metadata].every((text) => text.isWellFormed())) {
    return E.left('a text of an event is not a well-formed string')
  }
  try {
    const ofData = readJson(data)
    const ofMetadata = readJson(metadata)
    const open = isObject(ofMetadata.value) && !(DATA_TEXT in ofMetadata.value || METADATA_TEXT in ofMetadata.value)
    const stored = {
      ...(open && isObject(ofMetadata.value) ? ofMetadata.value : {}),
      ...(open && ofMetadata.exact ? {} : { [METADATA_TEXT]: metadata }),
      ...(ofData.exact ? {} : { [DATA_TEXT]: data }),
    }
    // As bytes: the client leaves out metadata it takes for empty, and would serialise it a second time.
    const bytes = Uint8Array.from(Buffer.from(JSON.stringify(stored)))
    return E.right(jsonEvent({ id: eventId, type, data: ofData.value as JSONEventData, metadata: bytes }))
  } catch {
    return E.left('data or metadata of an event is not JSON')
  }
}

const textOf = (value: unknown): string => JSON.stringify(value) ?? 'null'

/** An event as read, with the texts it was appended with. Another application's event comes as the JSON it holds. */
export const asRecorded = (event: Read | AllStreamRecordedEvent, names: StreamNames): RecordedEvent => {
  const metadata: unknown = event.metadata ?? {}
  const keys: JsonObject = isObject(metadata) ? metadata : {}
  const { [DATA_TEXT]: dataText, [METADATA_TEXT]: metadataText, ...rest } = keys
  return {
    eventId: event.id,
    type: event.type,
    data: typeof dataText === 'string' ? dataText : textOf(event.data),
    metadata: typeof metadataText === 'string' ? metadataText : textOf(isObject(metadata) ? rest : metadata),
    stream: names.named(event.streamId),
    revision: Number(event.revision),
    position: positionOf(event.position ?? { commit: 0n, prepare: 0n }),
  }
}
