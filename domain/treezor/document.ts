import type * as t from 'io-ts'
import { ObjectId, UserId } from '../identifiers.ts'
import { deciding, fields, IntegerCode, Label, optional } from './fields.ts'
import { InstantFromParisTime } from './parisTime.ts'

const OF_NOBODY = {
  documentId: ObjectId,
  documentStatus: deciding(Label),
  documentTypeId: optional(IntegerCode),
  codeStatus: optional(Label),
  createdDate: optional(InstantFromParisTime),
  modifiedDate: optional(InstantFromParisTime),
}

/** An element of `documents[]` (`document.*`; docs.treezor.com, guide/user-verification/documents). */
export const Document = fields({ ...OF_NOBODY, userId: UserId }, 'document')
export type Document = t.TypeOf<typeof Document>

/** A document that names no user: the provider's own example of `document.cancel` has a user id of zeros. */
export const OrphanDocument = fields(OF_NOBODY, 'document without a user')
export type OrphanDocument = t.TypeOf<typeof OrphanDocument>
