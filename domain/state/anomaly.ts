import type { Instant } from '../instant.ts'

/** What an honest, complete history would not contain. Shown, never a reason to drop an event. */
export const ANOMALY_KINDS = [
  /** The machine was moved in a way it did not expect. */
  'unexpected-transition',
  /** The first thing heard of the user is that he is validated: no request was seen. */
  'no-request-seen',
  /** A payload that was here before, under another id and time or another name, would have changed something. */
  'echo',
  /** A deciding field is missing, ill-typed, or holds a value nobody knows. */
  'unknown-value',
  /** A webhook name that is not among the known ones. */
  'unknown-name',
  /** Name or `object_id` of the envelope, which are not signed, say something else than the signed payload. */
  'envelope-disagrees',
  /** The time of the webhook was not believed. */
  'time-not-believed',
  /** A time is stated and cannot be read. */
  'time-unreadable',
  /** A success that only its receipt dates, of a user about whom something was decided: it may be older than that. */
  'weakly-dated',
  /** It says less than what was heard before: its signed dates are older. Not followed. */
  'outdated',
  /** The signed payload contradicts itself. */
  'payload-contradicts',
  /** A new payload under a `webhook_id` that was here before. */
  'webhook-id-reused',
  /** The legacy and the new life cycle contradict each other. */
  'life-cycles-contradict',
  /** A new identification was started while another of its kind was still open. */
  'identification-superseded',
  /** An identification failed, or was found to be a fraud, of a user who stands validated. */
  'identification-contradicts',
  /** What the provider answered when it was asked is not what was heard. */
  'observed-otherwise',
  /** A release of what is not, or not any more, held back, or that rests on nothing. */
  'release-void',
  /** Something came after the provider had closed the user for good. */
  'after-closure',
  /** No user was found in it when it was recorded: a document, or a codec that reads more, told later whose it is. */
  'user-unknown',
  /** An event of the stream, or what it says of the user, cannot be read by this version. */
  'unreadable-event',
  /** The payload of an event is not the one that was received. */
  'event-altered',
  /** Revisions of the stream are missing. */
  'history-incomplete',
  /** The stream was deleted, emptied or hidden. */
  'history-removed',
  /** The log is not the one that was sealed, from before an event of the stream on. */
  'not-as-sealed',
  /** The store cannot read what lies there. */
  'history-damaged',
] as const
export type AnomalyKind = (typeof ANOMALY_KINDS)[number]

export interface Anomaly {
  readonly kind: AnomalyKind
  /** The event it came from. */
  readonly eventId: string
  /** When that event occurred. */
  readonly at: Instant
  /** For a person: what is odd, with the path and never the value of a field. */
  readonly detail: string
}
