import type * as t from 'io-ts'
import { ObjectId, UserId } from '../identifiers.ts'
import { InstantFromRfc3339 } from '../instant.ts'
import { deciding, fields, Label, optional, Text } from './fields.ts'

/**
 * The identification of QES and video conference (`qes.*`, `videoConference.*`; docs.treezor.com,
 * guide/user-verification/qes and /videoconf). Both carry the same object; `result` decides, not the webhook's name.
 */
export const Identification = fields(
  {
    userId: UserId,
    transactionNumber: ObjectId,
    result: deciding(Label),
    identificationTime: optional(InstantFromRfc3339),
    reason: optional(
      fields(
        { reasonDetails: fields({ reasonCode: optional(Text), reasonMessage: optional(Text) }, 'reason details') },
        'reason',
      ),
    ),
  },
  'identification',
)
export type Identification = t.TypeOf<typeof Identification>
