/** An event as a store gives it: texts as they were appended. */
export interface StoredEvent {
  readonly eventId: string
  readonly revision: number
  /** In the whole log; positions of one log order as their texts do. */
  readonly position: string
  /** What this service wrote itself is told by its metadata, and what it says by this; of a webhook it is its name, which is not signed. */
  readonly type: string
  readonly data: string
  readonly metadata: string
  /** Whether `data` holds the payload of this hash, as it stands now. Where that cannot be asked, it is taken for granted. */
  readonly hasPayload?: (payloadHash: string) => boolean
  /** The JSON of `data` where that holds the payload of this hash and it is told at once; `null` says nothing. */
  readonly webhookWith?: (payloadHash: string) => unknown
  /** As `hasPayload`, of all of `data`: of what this service wrote itself. */
  readonly hasData?: (dataHash: string) => boolean
}

/**
 * An event of which nothing is made. `UnreadableEvent`: this version cannot read it, a newer one wrote it, or not this service.
 * `AlteredEvent`: its payload is not the one that was received, or what this service wrote itself not what it was.
 */
export interface UnreadableEvent {
  readonly _tag: 'UnreadableEvent' | 'AlteredEvent'
  readonly eventId: string
  readonly revision: number
}
