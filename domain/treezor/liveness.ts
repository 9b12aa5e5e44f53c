import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { UserId } from '../identifiers.ts'
import { InstantFromRfc3339 } from '../instant.ts'
import { deciding, fields, Label, optional, Text } from './fields.ts'

const Score = new t.Type<number, number, unknown>(
  'number',
  t.number.is,
  (u, context) => {
    const value = typeof u === 'string' && /^-?\d{1,9}(\.\d{1,9})?$/.test(u) ? Number(u) : u
    return typeof value === 'number' && Number.isFinite(value) ? E.right(value) : t.failure(u, context)
  },
  t.identity,
)

const Reason = fields({ 'reason-code': optional(Text), 'reason-message': optional(Text) }, 'reason')

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
    'refusal-details': optional(fields({ reasons: t.array(Reason) }, 'refusal details')),
  },
  'liveness',
)
export type Liveness = t.TypeOf<typeof Liveness>
