import * as t from 'io-ts'
import { Codec, UNREAD } from '../codec.ts'
import { UserId } from '../identifiers.ts'
import { type Instant, InstantFromRfc3339, parseRfc3339 } from '../instant.ts'
import type { StateOf } from '../regions.ts'
import type { AboutUser } from './aboutUser.ts'
import { type Decided, decide, readOf, type States, undecided } from './decided.ts'
import { deciding, fields, keysIn, Label, optional, Text } from './fields.ts'
import { type Reason, reason } from './reason.ts'

/** What it is recognised by. */
export const LIVENESS_KEYS = keysIn('kyc-status user_id started-at updated-at refusal-details score')

/** The fields in which it states times, and what reads them. */
export const LIVENESS_TIMES = { 'started-at': parseRfc3339, 'updated-at': parseRfc3339 }

const Score = new Codec<number, number>(
  'number',
  t.number.is,
  (u) => {
    const value = typeof u === 'string' && /^-?\d{1,9}(\.\d{1,9})?$/.test(u) ? Number(u) : u
    return typeof value === 'number' && Number.isFinite(value) ? value : UNREAD
  },
  t.identity,
)

const RefusalReason = fields({ 'reason-code': optional(Text), 'reason-message': optional(Text) }, 'reason')

/**
 * The liveness identification (`kycliveness.*`; docs.treezor.com, guide/user-verification/live-verification). Decided by
 * `kyc-status`, and by `score` once that is `processed`: before, the score means nothing. Its own id stands in the
 * envelope only.
 */
export const Liveness = fields(
  {
    user_id: UserId,
    'kyc-status': deciding(Label),
    score: deciding(Score),
    'started-at': optional(InstantFromRfc3339),
    'updated-at': optional(InstantFromRfc3339),
    'refusal-details': optional(fields({ reasons: t.array(RefusalReason) }, 'refusal details')),
  },
  'liveness',
)
export type Liveness = t.TypeOf<typeof Liveness>

/** `uninitiated` and `initiated` are Ubble's words for an identification that is under way. */
const LIVENESS_BY_STATUS: States<StateOf<'liveness'> | 'processed'> = {
  uninitiated: 'processing',
  initiated: 'processing',
  processing: 'processing',
  processed: 'processed',
  aborted: 'aborted',
  expired: 'expired',
}

const decideLiveness = (liveness: Liveness): Decided<StateOf<'liveness'>> => {
  const { says, notUnderstood } = decide(liveness['kyc-status'], LIVENESS_BY_STATUS, 'kyc-status')
  if (says !== 'processed') return { says, notUnderstood }
  if (liveness.score._tag === 'Unreadable') return undecided('score', liveness.score.expected, liveness.score.found)
  const score = liveness.score.value
  return { says: score === 1 ? 'passed' : score === 0 ? 'failed' : 'inconclusive', notUnderstood: null }
}

/** What is said about one liveness identification. */
export interface LivenessStatement extends AboutUser<'liveness', StateOf<'liveness'>> {
  /** From the envelope, which is not signed: the payload does not name its identification. */
  readonly identificationId: string
  readonly startedAt: Instant | null
  readonly score: number | null
  readonly reasons: readonly Reason[]
}

/** As long as an id in a signed payload may be; this one is unsigned, and is shown. */
const ID_LENGTH = 128

/** `objectId` is the envelope's. */
export const livenessStatement = (liveness: Liveness, objectId: string | null): LivenessStatement => {
  const decided = decideLiveness(liveness)
  const processed = readOf(liveness['kyc-status']) === 'processed'
  return {
    region: 'liveness',
    userId: liveness.user_id,
    ...decided,
    statedAt: liveness['updated-at'],
    identificationId: (objectId ?? '').slice(0, ID_LENGTH),
    startedAt: liveness['started-at'],
    score: processed ? readOf(liveness.score) : null,
    reasons: (liveness['refusal-details']?.reasons ?? []).map((r) => reason(r['reason-code'], r['reason-message'])),
  }
}
