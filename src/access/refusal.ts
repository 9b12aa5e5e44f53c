/** Why somebody is not let do what he asks for: labels of a metric. */
export const REFUSAL_REASONS = [
  /** Nothing was presented. */
  'no-credential',
  'unknown-key',
  'missing-scope',
  /** The other step of the same act was his, too. */
  'second-person',
  /** Too many wrong keys came from where this one does. */
  'too-many-tries',
  'token-malformed',
  'token-algorithm',
  'token-unknown-key',
  'token-signature',
  'token-type',
  'token-issuer',
  'token-audience',
  'token-expired',
  'token-not-yet-valid',
  /** Another claim is missing, or is not what it must be. */
  'token-claim',
  /** The keys that tokens are checked with cannot be had: whether this one is right nobody knows. */
  'issuer-unreachable',
] as const
export type RefusalReason = (typeof REFUSAL_REASONS)[number]

/** Why what was presented is not taken; `detail` is for a person, in ASCII without quotes, and repeats nothing of it. */
export interface Refusal {
  readonly reason: RefusalReason
  readonly detail: string
  /** After so many seconds another try makes sense. */
  readonly retryAfterSeconds?: number
}
