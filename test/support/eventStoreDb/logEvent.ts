export interface ProposedEvent {
  readonly id: string
  readonly type: string
  readonly contentType: string
  readonly data: Uint8Array
  readonly metadata: Uint8Array
}

export interface LogEvent extends ProposedEvent {
  readonly stream: string
  /** Of a tombstone it is `TOMBSTONE`. */
  readonly revision: number
  /** Commit position and prepare position: for an event both are the same number. */
  readonly position: bigint
  readonly created: Date
}
