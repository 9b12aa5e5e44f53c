/**
 * Why the period of a user does not run out, whatever else is known of him. Not among the anomalies of his status: these are
 * shown to whoever may ask for that, and a freeze is nothing for them.
 */
export const RETENTION_ANOMALY_KINDS = [
  /** His assets are frozen, or it cannot be told whether they are. */
  'frozen',
  /** Something came after the end of the relationship. */
  'later-event',
  /** Something that was said of him cannot be read, is missing, or is not what was received or sealed. */
  'uncertain',
  /** The policy has periods by country, and his cannot be told. */
  'country-unknown',
] as const
export type RetentionAnomalyKind = (typeof RETENTION_ANOMALY_KINDS)[number]

export interface RetentionAnomaly {
  readonly kind: RetentionAnomalyKind
  /** For a person, a part of a sentence. */
  readonly detail: string
}
