import { JOURNAL_REASONS } from '../../journal/entry.ts'
import { json } from '../description/answers.ts'
import { inPath, inQuery, LIMIT } from '../description/asked.ts'
import type { Paths, Schemas } from '../description/openApi.ts'
import { operation } from '../description/operation.ts'
import {
  list,
  NEXT_PAGE,
  object,
  oneOfTexts,
  orNull,
  ref,
  text,
  time,
  wholeNumber,
  yesOrNo,
} from '../description/schemas.ts'
import { MOST_AT_ONCE, SUBMITTED_AS } from './submitAgain.ts'

/** Where what a delivery said stands in the log. */
export const STANDING = list(
  object({ stream: ref('StreamName'), revision: ref('Revision'), position: ref('Position'), eventId: ref('EventId') }),
  'Where it stands in the log.',
)

const reason = oneOfTexts(JOURNAL_REASONS)

export const JOURNAL_SCHEMAS: Schemas = {
  KeptDelivery: object(
    {
      id: wholeNumber(1),
      reason: { ...reason, description: 'Why it was not appended when it last came, or was last submitted.' },
      receivedAt: time('When it first came.'),
      lastReceivedAt: time('When it last came.'),
      times: wholeNumber(1, 'How often it has come.'),
      size: wholeNumber(0, 'Of its body, in bytes.'),
      whole: yesOrNo('Whether all of the body is kept: nothing else can be submitted again.'),
      doneAs: orNull(oneOfTexts(['appended', 'duplicate', 'ignored'], 'What became of it; null: it is open.')),
      doneAt: orNull(time()),
    },
    [],
    'A delivery that was not appended. Its body is not told.',
  ),
  SubmittedAgain: object({
    id: wholeNumber(1),
    outcome: oneOfTexts(SUBMITTED_AS),
    detail: text('For a person. Never repeats what was sent.'),
    open: yesOrNo('Whether the journal holds it for somebody to look at still.'),
    events: STANDING,
  }),
}

const SUBMITTED = {
  id: 17,
  outcome: 'appended',
  detail: 'it was appended to the log',
  open: false,
  events: [
    {
      stream: 'kyc-6461762',
      revision: 1,
      position: '0000000000000012',
      eventId: '5b9a3d0c-6f0e-5a53-9d3c-2b7f4a3c1e11',
    },
  ],
} as const

const KEPT = {
  id: 17,
  reason: 'signature',
  receivedAt: '2026-03-01T09:00:00.000Z',
  lastReceivedAt: '2026-03-01T10:30:00.000Z',
  times: 3,
  size: 1184,
  whole: true,
  doneAs: null,
  doneAt: null,
} as const

const tag = 'Deliveries'

/** What `journalRoutes` answers. */
export const JOURNAL_PATHS: Paths = {
  '/deliveries': {
    get: operation({
      operationId: 'deliveries',
      tag,
      scope: ['journal:write', 'audit:read'],
      summary: 'The deliveries that were not appended, newest first',
      parameters: [
        inQuery('reason', 'Only those that were not appended for this reason.', reason),
        inQuery('open', 'true: only those that are not done.', oneOfTexts(['true', 'false'])),
        inQuery('before', 'Those that came before this one: its id.', wholeNumber(1)),
        LIMIT,
      ],
      answers: {
        200: json(
          'A page, and how many the journal holds of each reason.',
          object({
            reasons: list(object({ reason, open: wholeNumber(0), done: wholeNumber(0) })),
            oldestOpen: orNull(time('When the oldest that is open last came.')),
            deliveries: list(ref('KeptDelivery')),
            next: NEXT_PAGE,
          }),
          {
            reasons: [{ reason: 'signature', open: 1, done: 0 }],
            oldestOpen: '2026-03-01T10:30:00.000Z',
            deliveries: [KEPT],
            next: null,
          },
        ),
      },
      refusals: ['bad-parameter', 'journal-unreadable'],
    }),
  },
  '/deliveries/resubmit': {
    post: operation({
      operationId: 'resubmitDeliveries',
      tag,
      scope: 'journal:write',
      summary: 'Submits the open deliveries of a reason again, oldest first',
      description: `At most ${MOST_AT_ONCE} at a time, and no more are begun after some seconds; next says how to go on. One that fails stops no other.`,
      parameters: [
        { ...inQuery('reason', 'Those that were not appended for this reason.', reason), required: true },
        inQuery('after', 'Those behind this one: its id.', wholeNumber(1)),
      ],
      answers: {
        200: json(
          'What became of each.',
          object({
            submitted: list(ref('SubmittedAgain')),
            next: orNull(text('The path to post to for those that are left; null where none are.')),
          }),
          { submitted: [SUBMITTED], next: null },
        ),
      },
      refusals: ['bad-parameter', 'foreign-form', 'clock-wrong', 'journal-unreadable'],
    }),
  },
  '/deliveries/{id}/resubmit': {
    post: operation({
      operationId: 'resubmitDelivery',
      tag,
      scope: 'journal:write',
      summary: 'Submits a delivery again',
      parameters: [inPath('id', wholeNumber(1), 17)],
      answers: { 200: json('What became of it.', ref('SubmittedAgain'), SUBMITTED) },
      refusals: ['bad-parameter', 'unknown-delivery', 'foreign-form', 'clock-wrong', 'journal-unreadable'],
    }),
  },
}
