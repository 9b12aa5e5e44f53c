import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import { metadataIn } from './metadata.ts'
import { readWritten } from './metadataText.ts'
import { isOwn, isOwnAltered } from './ownEvent.ts'
import type { StoredEvent } from './storedEvent.ts'

/** The hashes that metadata of any format name. */
interface Hashes {
  readonly payloadHash: string
  /** Of an event that holds a part of a webhook. */
  readonly elementHash?: string | null
}

/** The JSON of an event whose payload is the one that its metadata name, where that can be told at once; else `null`. */
export const unalteredWebhook = (
  stored: Pick<StoredEvent, 'webhookWith'>,
  { payloadHash, elementHash }: Hashes,
): unknown => stored.webhookWith?.(elementHash ?? payloadHash) ?? null

/** Whether the payload of an event is another one than its metadata name. */
export const disagrees = (stored: Pick<StoredEvent, 'hasPayload'>, { payloadHash, elementHash }: Hashes): boolean =>
  stored.hasPayload?.(elementHash ?? payloadHash) === false

/**
 * Whether the payload of an event is not the one that was received, or is there no more; of what this service wrote itself into the stream
 * of a user, whether that is what it wrote. Metadata that this version cannot read name no hash: such an event is not altered, and not read.
 */
export const isAltered = (stored: Pick<StoredEvent, 'metadata' | 'hasPayload' | 'hasData'>): boolean => {
  if (stored.hasPayload === undefined) return false
  const written = readWritten(stored.metadata)
  if (written !== null) return disagrees(stored, written)
  const json = J.parse(stored.metadata)
  if (E.isLeft(json)) return false
  if (isOwn(json.right)) return isOwnAltered(stored, json.right)
  const metadata = metadataIn(json.right)
  return metadata !== null && disagrees(stored, metadata)
}
