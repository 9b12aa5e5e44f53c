import { decodeMetadata } from './metadata.ts'
import type { StoredEvent } from './storedEvent.ts'

/** The hashes that metadata of any format name. */
interface Hashes {
  readonly payloadHash: string
  /** Of an event that holds a part of a webhook. */
  readonly elementHash?: string | null
}

/** Whether the payload of an event is another one than its metadata name. */
export const disagrees = (stored: Pick<StoredEvent, 'hasPayload'>, { payloadHash, elementHash }: Hashes): boolean =>
  stored.hasPayload?.(elementHash ?? payloadHash) === false

/**
 * Whether the payload of an event is not the one that was received, or is there no more. Metadata that this version cannot
 * read name no hash, those of what this service writes itself neither: such an event is not altered, and not read.
 */
export const isAltered = (stored: Pick<StoredEvent, 'metadata' | 'hasPayload'>): boolean => {
  if (stored.hasPayload === undefined) return false
  const metadata = decodeMetadata(stored.metadata)
  return metadata !== null && disagrees(stored, metadata)
}
