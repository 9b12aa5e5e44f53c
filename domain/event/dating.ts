import type { UserId } from '../identifiers.ts'
import { type Instant, later } from '../instant.ts'
import type { Interpretation } from '../treezor/meaning.ts'
import type { Statement } from '../treezor/statement.ts'
import type { EventMetadata } from './metadata.ts'
import { type Claim, type Occurrence, occurrence } from './occurrence.ts'
import { correctedReceipt, type ReceiptCorrection } from './receiptCorrection.ts'

/** The times of an event as they count: worked out anew each time from what was fixed when it was appended. */
export interface EventTimes extends Omit<Occurrence, 'source'> {
  readonly occurredAtSource: Occurrence['source']
  readonly claim: Claim
  readonly receivedAt: Instant
  readonly recordedAt: Instant
  /** Its receipt was written by a wrong clock, and counts as another time. */
  readonly corrected: boolean
}

/** What dates an event; fixed when it is appended. */
export type Dating = Pick<EventMetadata, 'webhookCreatedAt' | 'claim' | 'statedAt' | 'statedBinds' | 'receivedAt'>

/**
 * Works out the times of an event. A receipt that a wrong clock wrote limits nothing; what it counts as does: the event
 * was not received later than that.
 */
export const timesOf = (
  { webhookCreatedAt, claim, statedAt, statedBinds, receivedAt }: Dating,
  recordedAt: Instant,
  position: string | null,
  corrections: readonly ReceiptCorrection[],
): EventTimes => {
  const countsAs = position === null || corrections.length === 0 ? null : correctedReceipt(position, corrections)
  const received = countsAs ?? receivedAt
  const { occurredAt, source, disbelief, weaklyDated } = occurrence({
    webhookCreatedAt,
    statedAt,
    statedBinds,
    receivedAt: received,
  })
  return {
    occurredAt,
    disbelief,
    weaklyDated,
    occurredAtSource: source,
    claim,
    receivedAt: received,
    recordedAt: countsAs ?? recordedAt,
    corrected: countsAs !== null,
  }
}

/** The documents' dates mix up UTC and Paris: they date an event where nothing else does, and refute nothing. */
export const isBinding = ({ region }: Pick<Statement, 'region'>): boolean => region !== 'documents'

/** The latest time that the payload states about what it says; `null` where it states none. */
export const latestStatedAt = (statements: readonly Pick<Statement, 'statedAt'>[]): Instant | null =>
  statements.reduce<Instant | null>((latest, statement) => later(latest, statement.statedAt), null)

/** The latest time that the statements about a user state; with `null`, those about documents of nobody. */
export const statedTime = (
  { statements, orphans }: Interpretation,
  userId: UserId | null,
): Pick<EventMetadata, 'statedAt' | 'statedBinds'> => {
  const about = userId === null ? orphans : statements.filter((statement) => statement.userId === userId)
  return { statedAt: latestStatedAt(about), statedBinds: about.every(isBinding) }
}
