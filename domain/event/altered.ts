import { decodeMetadata, type EventMetadata } from './metadata.ts'
import type { StoredEvent } from './storedEvent.ts'

/** Whether the payload of an event is another one than its metadata name. */
export const disagrees = (
  stored: Pick<StoredEvent, 'hasPayload'>,
  { payloadHash }: Pick<EventMetadata, 'payloadHash'>,
): boolean => stored.hasPayload?.(payloadHash) === false

/**
 * Whether the payload of an event is not the one that was received, or is there no more. Metadata that this version cannot
 * read name no hash, those of what this service writes itself neither: such an event is not altered, and not read.
 */
export const isAltered = (stored: Pick<StoredEvent, 'metadata' | 'hasPayload'>): boolean => {
  if (stored.hasPayload === undefined) return false
  const metadata = decodeMetadata(stored.metadata)
  return metadata !== null && disagrees(stored, metadata)
}
