import type * as t from 'io-ts'
import { UserId } from '../identifiers.ts'
import { deciding, fields, IntegerCode, Label } from './fields.ts'

/**
 * An element of `users[]`, as every `user.*` webhook carries it (docs.treezor.com, guide/users). The legacy state is
 * decided by `kycReview` alone.
 */
export const User = fields(
  {
    userId: UserId,
    kycReview: deciding(IntegerCode),
    /** Neither decides the review; both may speak against a validation. */
    kycLevel: deciding(IntegerCode),
    userStatus: deciding(Label),
    /** Not documented of a user: it decides nothing here, and may speak against `kycReview`. */
    kycStatus: deciding(Label),
  },
  'user',
)
export type User = t.TypeOf<typeof User>
