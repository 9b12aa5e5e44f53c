import type { Family } from './family.ts'
import type { Instant } from './instant.ts'

/** What tells one fact from another: which payload, of which family, and what the unsigned envelope calls it. */
export interface FactIdentity {
  /** SHA-256 of the canonical text of `object_payload`, hexadecimal. */
  readonly payloadHash: string
  readonly family: Family | null
  readonly webhookId: string | null
  readonly webhookCreatedAt: Instant | null
}

/** A fact as it stands in a stream. */
export interface RecordedFact extends FactIdentity {
  readonly revision: number
  readonly occurredAt: Instant
  /** Revision of the first event with this payload, where this is not that event. */
  readonly echoOf: number | null
}

/** What a stream already knows of a webhook that has arrived. */
export type Recognition =
  | { readonly _tag: 'New' }
  /** This very fact stands at `revision`. */
  | { readonly _tag: 'Known'; readonly revision: number }
  /** Its payload stands at `of`, under another id and time or in another family: it is kept, and cannot vouch. */
  | { readonly _tag: 'Echo'; readonly of: number }
  /** An echo too many: it counts as known. */
  | { readonly _tag: 'EchoRefused'; readonly revision: number }

/** So many echoes of one payload are kept between two neighbouring originals of a stream. */
export const ECHO_LIMIT = 16

/** Two missing times agree, unless two ids tell the deliveries apart. */
const isSameTime = (a: FactIdentity, b: FactIdentity): boolean =>
  a.webhookCreatedAt === b.webhookCreatedAt &&
  (a.webhookCreatedAt !== null || a.webhookId === null || b.webhookId === null)

const isSameFact = (a: FactIdentity, b: FactIdentity): boolean =>
  a.family === b.family && ((a.webhookId !== null && a.webhookId === b.webhookId) || isSameTime(a, b))

/**
 * Whether enough echoes of a payload are kept at that time. They are counted between the originals before and after it:
 * echoes from before a validation must not keep the provider's own, identical refusal after it from being heard. Only
 * the provider makes originals, so what a forger can add stays bounded.
 */
const isFull = (at: Instant, samePayload: readonly RecordedFact[], originals: readonly Instant[]): boolean => {
  const echoes = samePayload.filter(({ echoOf }) => echoOf !== null)
  if (echoes.length < ECHO_LIMIT) return false
  const before = originals
    .filter((original) => original <= at)
    .reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const after = originals.filter((original) => original > at).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const between = echoes.filter(({ occurredAt }) => occurredAt > before && occurredAt < after)
  return between.length >= ECHO_LIMIT || echoes.length >= ECHO_LIMIT * (originals.length + 1)
}

/**
 * Recognises a fact among those of its stream that carry the same payload (`samePayload`, in the order of the stream).
 * Ids and times of a webhook are not signed: one of them that agrees makes the same fact,
 * both different make an echo, which may be a second identical announcement or a captured one sent again. `originals`
 * gives the times of all events of the stream that are no echoes.
 */
export const recognise = (
  candidate: FactIdentity & { readonly occurredAt: Instant },
  samePayload: readonly RecordedFact[],
  originals: () => readonly Instant[],
): Recognition => {
  const known = samePayload.find((fact) => isSameFact(fact, candidate))
  if (known !== undefined) return { _tag: 'Known', revision: known.revision }
  const original = samePayload[0]
  if (original === undefined) return { _tag: 'New' }
  return samePayload.length > ECHO_LIMIT && isFull(candidate.occurredAt, samePayload, originals())
    ? { _tag: 'EchoRefused', revision: original.revision }
    : { _tag: 'Echo', of: original.revision }
}

/**
 * The name from which an event's UUID is derived: equal for every delivery of one fact, different for different facts
 * of one user. The id counts, and the time only where there is no id.
 */
export const factName = (fact: FactIdentity, userId: string | null): string =>
  JSON.stringify([
    fact.family,
    fact.payloadHash,
    fact.webhookId !== null ? { id: fact.webhookId } : { at: fact.webhookCreatedAt },
    userId,
  ])
