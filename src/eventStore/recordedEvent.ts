/** Name of a stream: `kyc-<userId>`, or `kyc-unattributed`. */
export type StreamName = string

/** Place of an event in its stream, counted from 0. */
export type Revision = number

/**
 * Place of an event in the whole log. Opaque to everyone but the store that gave it; positions of one store order as
 * strings do (`a < b` means `a` stands before `b`).
 */
export type Position = string

/** An event on its way into the log. `data` and `metadata` are JSON texts and are given back as the same texts. */
export interface NewEvent {
  readonly eventId: string
  readonly type: string
  readonly data: string
  readonly metadata: string
}

/** An event as it stands in the log. Whatever reads one out of a store gives it as `asRead`. */
export interface RecordedEvent extends NewEvent {
  readonly stream: StreamName
  readonly revision: Revision
  readonly position: Position
  /** Its texts were left out, since whoever reads asked for that (`Spared`): what stands there is empty, and says nothing. */
  readonly isBare?: true
  /** Whether `data` holds the payload of this hash, as it stands now. */
  readonly hasPayload?: (payloadHash: string) => boolean
  /** Whether `data` is the text of this SHA-256, in hexadecimal, as it stands now. */
  readonly hasData?: (dataHash: string) => boolean
}
