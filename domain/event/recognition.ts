import type { Instant } from '../instant.ts'
import type { Family } from '../treezor/family.ts'
import type { FactIdentity } from './identity.ts'
import { UNSEEN } from './metadata.ts'

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

/** What the stream as a whole tells of a fact. */
export interface StreamKnowledge {
  /** The times of all its events that are no echoes. */
  readonly originals: () => readonly Instant[]
  /** The one payload that came under an id in this stream; `null` where several did: such an id proves nothing. */
  readonly payloadOf: (webhookId: string) => string | null
  /** Whether nothing recorded after it touches what it speaks of. */
  readonly isLast: (fact: RecordedFact) => boolean
  /** Whether its beginning is there; where not, what it may repeat can no longer be seen. */
  readonly complete: boolean
}

const hasSameTime = (a: FactIdentity, b: FactIdentity): boolean =>
  a.webhookCreatedAt !== null && a.webhookCreatedAt === b.webhookCreatedAt

const hasSameId = (a: FactIdentity, b: FactIdentity, stream: StreamKnowledge): boolean =>
  a.webhookId !== null && a.webhookId === b.webhookId && stream.payloadOf(a.webhookId) === a.payloadHash

/** Neither id nor time tells the two deliveries apart. */
const isIndistinct = (a: FactIdentity, b: FactIdentity): boolean =>
  a.webhookCreatedAt === null &&
  b.webhookCreatedAt === null &&
  (a.webhookId === null || b.webhookId === null || a.webhookId === b.webhookId)

/**
 * The fact that the candidate is, if it stands there. What neither id nor time distinguishes from it may be a redelivery, or
 * the provider's going back to what it said before: it is known only as long as that is still the last word.
 */
const knownFact = (
  candidate: FactIdentity,
  samePayload: readonly RecordedFact[],
  stream: StreamKnowledge,
): RecordedFact | undefined => {
  const sameFamily = samePayload.filter(({ family }) => family === candidate.family)
  return (
    sameFamily.find((fact) => hasSameId(fact, candidate, stream) || hasSameTime(fact, candidate)) ??
    sameFamily.find((fact) => isIndistinct(fact, candidate) && stream.isLast(fact))
  )
}

/**
 * Whether enough echoes of a payload are kept at that time. They are counted between the originals before and after it,
 * and those dated exactly like an original by themselves, so that none elsewhere can use up the room here:
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
  const isBeside = ({ occurredAt }: RecordedFact): boolean =>
    before === at ? occurredAt === at : occurredAt > before && occurredAt < after
  return echoes.filter(isBeside).length >= ECHO_LIMIT
}

/**
 * Recognises a fact among those of its stream that carry the same payload (`samePayload`, in the order of the stream).
 * Ids and times of a webhook are not signed: one of them that agrees makes the same fact (an id only if it never came with
 * another payload), both different make an echo, which may be a second identical announcement or a captured one sent again.
 */
export const recognise = (
  candidate: FactIdentity & { readonly occurredAt: Instant },
  samePayload: readonly RecordedFact[],
  stream: StreamKnowledge,
): Recognition => {
  const known = knownFact(candidate, samePayload, stream)
  if (known !== undefined) return { _tag: 'Known', revision: known.revision }
  const original = samePayload[0]
  if (original === undefined) return stream.complete ? { _tag: 'New' } : { _tag: 'Echo', of: UNSEEN }
  return samePayload.length > ECHO_LIMIT && isFull(candidate.occurredAt, samePayload, stream.originals())
    ? { _tag: 'EchoRefused', revision: original.revision }
    : { _tag: 'Echo', of: original.revision }
}

const PARTS = ['lifeCycles', 'document', 'liveness', 'qes', 'videoConference'] as const

/**
 * What an event of a family speaks of: parts of what is believed of a user. The two life cycles are one of them, since each
 * may take back what the other says; what is not understood may speak of any.
 */
export const touchedBy = (family: Family | null): readonly (typeof PARTS)[number][] => {
  switch (family) {
    case null:
      return PARTS
    case 'user':
    case 'kyc':
      return ['lifeCycles']
    case 'identification':
      return ['qes', 'videoConference']
    default:
      return [family]
  }
}
