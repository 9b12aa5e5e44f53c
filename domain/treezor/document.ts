import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { ObjectId, UserId } from '../identifiers.ts'
import { later } from '../instant.ts'
import type { StateOf } from '../regions.ts'
import type { AboutUser } from './aboutUser.ts'
import { type Code, named } from './codes.ts'
import { decide, type States } from './decided.ts'
import { deciding, fields, IntegerCode, keysIn, Label, optional } from './fields.ts'
import { InstantFromParisTime, parseParisTime } from './parisTime.ts'

/** What it is recognised by. */
export const DOCUMENT_KEYS = keysIn('documentId documentStatus documentTypeId documentType documentTag')

/** Zero and partial dates, and placeholders such as `9999-12-31`, stand for a time that is not there. */
const readParisTime = (text: string): unknown => (/^[\d-]{10} [\d:]{8}$/.test(text) ? text : parseParisTime(text))

/** The fields in which it states times, and what reads them. */
export const DOCUMENT_TIMES = { createdDate: readParisTime, modifiedDate: readParisTime }

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

/** `documentTypeId`: names as the webhooks write them where an example shows one, else after the list of types. */
const documentTypeCode = named({
  2: 'POLICE_RECORD',
  4: 'COMPANY_REGISTRATION',
  6: 'CV',
  7: 'SWORN_STATEMENT',
  8: 'TURNOVER',
  9: 'IDENTITY_CARD',
  11: 'BANK_IDENTITY_STATEMENT',
  12: 'PROOF_OF_ADDRESS',
  13: 'MOBILE_PHONE_INVOICE',
  14: 'OTHER_INVOICE',
  15: 'RESIDENCE_PERMIT',
  16: 'DRIVING_LICENCE',
  17: 'PASSPORT',
  18: 'PROXY_GRANTING_AN_EMPLOYEE',
  19: 'OFFICIAL_COMPANY_REGISTRATION_PAPER',
  20: 'OFFICIAL_TAX_CERTIFICATE',
  21: 'PAYSLIP',
  22: 'USER_BANK_STATEMENT',
  23: 'LEGAL_STATUS',
  24: 'TAX_STATEMENT',
  25: 'EXEMPTION_STATEMENT',
  26: 'LIVENESS_RESULT',
  27: 'HEALTH_INSURANCE_CARD',
})

const DOCUMENT_BY_STATUS: States<StateOf<'documents'>> = {
  PENDING: 'pending',
  VALIDATED: 'validated',
  CANCELED: 'canceled',
}

/** What is said about one document of a user's. */
export interface DocumentStatement extends AboutUser<'documents', StateOf<'documents'>> {
  readonly documentId: string
  readonly type: Code | null
  readonly codeStatus: string | null
}

/** What is said about a document whose user is not named: it speaks of whoever owns the document. */
export type OrphanStatement = Omit<DocumentStatement, 'userId'>

/** `path` leads to the element. */
export const orphanStatement = (document: OrphanDocument, path: string): OrphanStatement => ({
  region: 'documents',
  ...decide(document.documentStatus, DOCUMENT_BY_STATUS, `${path}.documentStatus`),
  statedAt: later(document.modifiedDate, document.createdDate),
  documentId: document.documentId,
  type: document.documentTypeId === null ? null : documentTypeCode(document.documentTypeId),
  codeStatus: document.codeStatus,
})

/** What of a document is compared with what was heard: fields of any JSON. */
const Compared = fields(
  { documentTypeId: optional(IntegerCode), documentStatus: deciding(Label), codeStatus: optional(Label) },
  'document',
)

/** What these fields alone say of a document; `null` of what is no object. */
export const comparedDocument = (document: unknown): Pick<DocumentStatement, 'says' | 'type' | 'codeStatus'> | null => {
  const decoded = Compared.decode(document)
  if (E.isLeft(decoded)) return null
  const { documentTypeId, documentStatus, codeStatus } = decoded.right
  const { says } = decide(documentStatus, DOCUMENT_BY_STATUS, 'document')
  return { says, type: documentTypeId === null ? null : documentTypeCode(documentTypeId), codeStatus }
}

/** `path` leads to the element. */
export const documentStatement = (document: Document, path: string): DocumentStatement => ({
  ...orphanStatement(document, path),
  userId: document.userId,
})
