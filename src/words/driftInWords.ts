import type { DriftKind } from '../../domain/answer/drift.ts'

const SENTENCES: Readonly<Record<DriftKind, string>> = {
  'pending-long': 'The user has been pending for longer than a decision takes.',
  'identification-open': 'An identification was started and has not ended in the time that a decision takes.',
  'review-overdue': 'The day of the next review has passed, and no request for it came.',
  'observed-otherwise':
    'Asked about the user, the provider answered something else than its webhooks say: in review, level or status.',
  'never-heard': 'The provider knows the user, and no webhook ever spoke of him.',
  'document-never-heard': 'The provider knows a document of the user that no webhook told of.',
  'held-back-success':
    'A signed success was not followed: it looked like one that was sent again, or nothing tells when it happened. The user is not validated.',
}

/** What a kind of drift means, for a person: whole sentences. */
export const driftInWords = (kind: DriftKind): string => SENTENCES[kind]
