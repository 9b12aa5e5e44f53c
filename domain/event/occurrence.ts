import { type Instant, isBy, minutes } from '../instant.ts'

/** Whether a webhook states its own time (`webhook_created_at`), and whether that could be read. */
export type Claim = 'read' | 'unreadable' | 'absent'

/** Where the time of an event was taken from. */
type OccurredAtSource = 'webhook' | 'payload' | 'receipt'

/** Why one of the times of an event was not taken as it stands. */
type Disbelief = 'later-than-receipt' | 'earlier-than-payload' | 'received-before-payload'

/** When an event occurred, and how far that is believed. */
export interface Occurrence {
  readonly occurredAt: Instant
  readonly source: OccurredAtSource
  readonly disbelief: Disbelief | null
  /** Only its receipt tells when it happened: it may have happened long before. */
  readonly weaklyDated: boolean
}

/** What is known of the time of an event; fixed when it is appended. */
export interface Claims {
  /** `webhook_created_at`: unsigned. */
  readonly webhookCreatedAt: Instant | null
  /** What the signed payload says of itself. */
  readonly statedAt: Instant | null
  /** Whether `statedAt` may refute the webhook's own time. Documents' dates may not: they mix up UTC and Paris. */
  readonly statedBinds: boolean
  readonly receivedAt: Instant
}

/** Clocks differ, and a delivery takes a while. */
const TOLERANCE = minutes(5)
/** A signed time so long after its receipt proves a wrong clock, or else a slip of the provider's: it cannot be told which. */
const PLAUSIBLE = minutes(24 * 60)

/**
 * When the event happened at the provider: what the webhook claims, else what its payload states, else when it was
 * received. Two rules on top. A claim, which is not signed, is not believed where it lies before the time that the signed
 * payload states (that is used; five minutes of tolerance). And nothing occurs after its receipt: the earlier of the two
 * counts, and more than five minutes of difference leave the event *weakly dated*. A signed time later than receipt proves
 * that the clock which received it was behind: such a receipt limits nothing.
 */
export const occurrence = ({ webhookCreatedAt, statedAt, statedBinds, receivedAt }: Claims): Occurrence => {
  const signedAt = statedBinds ? statedAt : null
  const early = webhookCreatedAt !== null && signedAt !== null && webhookCreatedAt < signedAt - TOLERANCE
  const [source, claimed] =
    webhookCreatedAt !== null && !early
      ? (['webhook', webhookCreatedAt] as const)
      : statedAt !== null
        ? (['payload', statedAt] as const)
        : (['receipt', receivedAt] as const)
  const latest = signedAt !== null && signedAt > receivedAt ? signedAt : receivedAt
  if (claimed > latest + TOLERANCE) {
    return { occurredAt: latest, source: 'receipt', disbelief: 'later-than-receipt', weaklyDated: true }
  }
  const late = latest > receivedAt + TOLERANCE
  return {
    occurredAt: Math.min(claimed, latest) as Instant,
    source,
    disbelief: late ? 'received-before-payload' : early ? 'earlier-than-payload' : null,
    weaklyDated: source === 'receipt' || latest > receivedAt + PLAUSIBLE,
  }
}

/** An event that claims a time has not occurred before that and before its receipt, whatever its payload states; `null` where it claims none. */
export const notBefore = ({
  webhookCreatedAt,
  receivedAt,
}: Pick<Claims, 'webhookCreatedAt' | 'receivedAt'>): Instant | null =>
  webhookCreatedAt === null ? null : (Math.min(webhookCreatedAt, receivedAt) as Instant)

/** Whether an event had occurred by then. */
export const hasOccurred = ({ occurredAt }: Pick<Occurrence, 'occurredAt'>, asOf: Instant | null): boolean =>
  isBy(occurredAt, asOf)
