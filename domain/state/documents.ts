import type { HeardEvent } from '../event/kycEvent.ts'
import type { DocumentStatement } from '../treezor/document.ts'
import { type Draft, type Report, replaceOrAdd, sinceOf } from './draft.ts'
import type { DocumentState } from './kycState.ts'
import { move } from './move.ts'

/** Takes what is said of a document into the draft, as far as the machine follows it. */
export const hearDocument = (draft: Draft, statement: DocumentStatement, event: HeardEvent, report: Report): void => {
  const { documentId, type, codeStatus } = statement
  const index = draft.documents.findIndex((document) => document.documentId === documentId)
  const before: DocumentState | undefined = draft.documents[index]
  const of = `document ${documentId}`
  const { to, followed } = move('documents', of, before?.state ?? 'none', statement.says, event.echoOf !== null, report)
  if (!followed) return
  const since = sinceOf(before, to, event.occurredAt)
  draft.documents = replaceOrAdd(draft.documents, index, { documentId, type, codeStatus, state: to, since })
}

/** It is his, though what is said of it is not followed: nothing is known of its state. */
export const noteDocument = (
  draft: Draft,
  { documentId, type }: DocumentStatement,
  { occurredAt: since }: HeardEvent,
): void => {
  if (draft.documents.some((document) => document.documentId === documentId)) return
  draft.documents = [...draft.documents, { documentId, type, codeStatus: null, state: 'unknown', since }]
}
