import * as t from 'io-ts'
import { ObjectId, UserId } from '../identifiers.ts'
import { InstantFromParisTime } from '../instant.ts'
import { deciding, IntegerCode, Label, optional } from '../reading.ts'

/** An element of `documents[]` (`document.*`; docs.treezor.com, guide/user-verification/documents). */
export const Document = t.type(
  {
    documentId: ObjectId,
    userId: UserId,
    documentStatus: deciding(Label),
    documentTypeId: optional(IntegerCode),
    codeStatus: optional(Label),
    createdDate: optional(InstantFromParisTime),
    modifiedDate: optional(InstantFromParisTime),
  },
  'document',
)
export type Document = t.TypeOf<typeof Document>
