import { type Instant, minutes, parseRfc3339 } from '../instant.ts'
import { isOpen } from '../regions.ts'
import { current } from '../state/identifications.ts'
import { isHeard, type KycState } from '../state/kycState.ts'
import { saysNothing, standingDifferences } from '../state/observed.ts'
import { statusOf, statusSince } from './status.ts'

/** What becomes drift by the time that passes: nobody writes anything then. */
export const DRIFT_IN_TIME = [
  /** Pending for longer than a decision takes. */
  'pending-long',
  /** An identification has not ended in the time that a decision takes. */
  'identification-open',
  /** The day of the next review has passed, and no request came. */
  'review-overdue',
] as const

/** What looks as if a webhook never came. */
export const DRIFT_KINDS = [
  ...DRIFT_IN_TIME,
  /** What the provider answered when it was asked differs from what was heard: in review, level or status of the user. */
  'observed-otherwise',
  /** The provider told something of him when it was asked, and no webhook ever spoke of him. */
  'never-heard',
  /** The provider answered with a document that no webhook told of. */
  'document-never-heard',
  /** A signed success was held back, and he is not validated. */
  'held-back-success',
] as const
export type DriftKind = (typeof DRIFT_KINDS)[number]

/**
 * The kinds of which another answer of the provider may make an end. Of what no webhook told of it would say the same again, and there may
 * be as many as there are users.
 */
export const SUSPECT_KINDS: readonly DriftKind[] = DRIFT_KINDS.filter(
  (kind) => kind !== 'never-heard' && kind !== 'document-never-heard',
)

export const isInTime = (kind: DriftKind): boolean => DRIFT_IN_TIME.some((one) => one === kind)

/** Of each kind since when; of what is so whatever the time `AT_ONCE`. A plain value: it survives JSON. */
export type Drift = Readonly<Partial<Record<DriftKind, Instant>>>

export const AT_ONCE = 0 as Instant

const DAY = minutes(24 * 60)

const pendingSince = (state: KycState): Instant | null => (statusOf(state) === 'pending' ? statusSince(state) : null)

/** An identification that another one of its kind has followed ends no more, and nobody waits for it. */
const openSince = ({ liveness, qes, videoConference }: KycState): Instant | null => {
  const open = [current(liveness), current(qes), current(videoConference)].flatMap((one) =>
    one !== null && isOpen(one.state) ? [one.startedAt] : [],
  )
  return open.length === 0 ? null : (Math.min(...open) as Instant)
}

/** When the day of the next review is over, in UTC. One that was asked for is under way, whenever it was to be. */
const overdueSince = ({ lifecycle }: KycState): Instant | null => {
  const { state, nextReviewDate, lastRequestAt } = lifecycle
  const day = nextReviewDate === null ? null : parseRfc3339(`${nextReviewDate}T00:00:00Z`)
  if (day === null || state === 'pending' || (lastRequestAt !== null && lastRequestAt >= day)) return null
  return (day + DAY) as Instant
}

const hasUnheardDocument = ({ observed, documents }: KycState): boolean => {
  if (!observed?.stands || observed.documents === null) return false
  const heard = new Set(documents.map(({ documentId }) => documentId))
  return observed.documents.some(({ documentId }) => !heard.has(documentId))
}

/** What is so whatever the time. That one of whom no webhook ever spoke differs in all else needs no saying. */
const atOnce = (state: KycState): readonly DriftKind[] => {
  if (!isHeard(state)) return state.observed === null || saysNothing(state.observed) ? [] : ['never-heard']
  const kinds: DriftKind[] = []
  if (standingDifferences(state).length > 0) kinds.push('observed-otherwise')
  if (hasUnheardDocument(state)) kinds.push('document-never-heard')
  if (state.heldBack.length > 0 && statusOf(state) !== 'validated') kinds.push('held-back-success')
  return kinds
}

/** What of a user is drift, now or once enough time has passed. Nothing is waited for of one whom the provider has closed. */
export const driftOf = (state: KycState): Drift => {
  const drift: Partial<Record<DriftKind, Instant>> = {}
  const note = (kind: DriftKind, since: Instant | null): void => {
    if (since !== null) drift[kind] = since
  }
  if (statusOf(state) !== 'closed') {
    note('pending-long', pendingSince(state))
    note('identification-open', openSince(state))
    note('review-overdue', overdueSince(state))
  }
  for (const kind of atOnce(state)) note(kind, AT_ONCE)
  return drift
}

/** What is drift at a time. */
export interface DriftTime {
  readonly now: Instant
  /** In microseconds: what takes no longer is not drift yet. */
  readonly after: number
}

/** Who counts for a kind: those of whom it has been so since before that time. */
export interface DriftAsked {
  readonly kind: DriftKind
  readonly before: Instant
}

/** A decision takes its time; the day of a review is over at once. */
export const askedAt = (kind: DriftKind, { now, after }: DriftTime): DriftAsked => {
  const takesTime = kind === 'pending-long' || kind === 'identification-open'
  return { kind, before: takesTime ? ((now - after) as Instant) : now }
}

/** The kinds that count at a time. */
export const driftAt = (drift: Drift, time: DriftTime): readonly DriftKind[] =>
  DRIFT_KINDS.filter((kind) => (drift[kind] ?? Number.POSITIVE_INFINITY) < askedAt(kind, time).before)
