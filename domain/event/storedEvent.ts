/** An event as a store gives it: texts as they were appended. */
export interface StoredEvent {
  readonly eventId: string
  readonly revision: number
  /** In the whole log; positions of one log order as their texts do. */
  readonly position: string
  readonly data: string
  readonly metadata: string
  /** Whether `data` holds the payload of this hash, as it stands now. Where that cannot be asked, it is taken for granted. */
  readonly hasPayload?: (payloadHash: string) => boolean
}

/**
 * An event of which nothing is made. `UnreadableEvent`: this version cannot read it, a newer one wrote it, or not this service.
 * `AlteredEvent`: its payload is not the one that was received.
 */
export interface UnreadableEvent {
  readonly _tag: 'UnreadableEvent' | 'AlteredEvent'
  readonly eventId: string
  readonly revision: number
}
