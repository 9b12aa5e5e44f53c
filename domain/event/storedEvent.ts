/** An event as a store gives it: texts as they were appended. */
export interface StoredEvent {
  readonly eventId: string
  readonly revision: number
  /** In the whole log; positions of one log order as their texts do. */
  readonly position: string
  readonly data: string
  readonly metadata: string
}

/** An event that this version cannot read: written by a newer one, or not by this service. */
export interface UnreadableEvent {
  readonly _tag: 'UnreadableEvent'
  readonly eventId: string
  readonly revision: number
}
