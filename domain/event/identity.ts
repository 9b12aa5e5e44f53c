import type { Instant } from '../instant.ts'
import type { Family } from '../treezor/family.ts'

/** What tells one fact from another: which payload, of which family, and what the unsigned envelope calls it. */
export interface FactIdentity {
  /** SHA-256 of the canonical text of `object_payload`, hexadecimal. */
  readonly payloadHash: string
  readonly family: Family | null
  readonly webhookId: string | null
  readonly webhookCreatedAt: Instant | null
}

/**
 * The name from which an event's UUID is derived: equal for every delivery of one fact, different for different facts
 * of one user. The id counts, and the time only where there is no id. `echo`: of an echo, how many events with its payload
 * stand before it; its id and time may be those of another of them.
 */
export const factName = (fact: FactIdentity, userId: string | null, echo: number | null = null): string =>
  JSON.stringify([
    fact.family,
    fact.payloadHash,
    fact.webhookId !== null ? { id: fact.webhookId } : { at: fact.webhookCreatedAt },
    userId,
    ...(echo === null ? [] : [echo]),
  ])
