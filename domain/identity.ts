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

/** So many echoes of one payload are kept in one stream. */
export const ECHO_LIMIT = 16

const isSameFact = (a: FactIdentity, b: FactIdentity): boolean =>
  a.family === b.family &&
  ((a.webhookId !== null && a.webhookId === b.webhookId) || a.webhookCreatedAt === b.webhookCreatedAt)

/**
 * Recognises a fact among those of its stream that carry the same payload (`samePayload`, in the order of the stream).
 * Ids and times of a webhook are not signed: one of them that agrees makes the same fact (two missing times agree),
 * both different make an echo, which may be a second identical announcement or a captured one sent again.
 */
export const recognise = (candidate: FactIdentity, samePayload: readonly RecordedFact[]): Recognition => {
  const known = samePayload.find((fact) => isSameFact(fact, candidate))
  if (known !== undefined) return { _tag: 'Known', revision: known.revision }
  const original = samePayload[0]
  if (original === undefined) return { _tag: 'New' }
  const echoes = samePayload.filter(({ echoOf }) => echoOf !== null).length
  return echoes < ECHO_LIMIT
    ? { _tag: 'Echo', of: original.revision }
    : { _tag: 'EchoRefused', revision: original.revision }
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
