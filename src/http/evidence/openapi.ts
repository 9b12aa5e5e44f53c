import { ASKED_EACH_TIME, MEANING, NOT_KEPT, plain } from '../description/answers.ts'
import { REVISION, USER_ID } from '../description/asked.ts'
import type { Header, Paths } from '../description/openApi.ts'
import { operation } from '../description/operation.ts'

const tag = 'Evidence'
const scope = 'audit:read'

const PROOF = { 200: plain('A C2SP tlog-proof over the newest checkpoint.', ASKED_EACH_TIME) }

const NOT_PROVEN = ['bad-parameter', 'unknown-event', 'sealed-otherwise', 'not-sealed', 'tree-differs'] as const

const DISPOSITION: Header = { description: 'A name for the file.', required: true, schema: { type: 'string' } }

/** What `evidenceRoutes` answers. */
export const EVIDENCE_PATHS: Paths = {
  '/users/{userId}/events/{revision}/proof': {
    get: operation({
      operationId: 'eventProof',
      tag,
      scope,
      summary: 'That an event of a user is in the log; nothing of what it says',
      parameters: [USER_ID, REVISION],
      answers: PROOF,
      refusals: ['bad-user-id', 'user-erased', ...NOT_PROVEN],
    }),
  },
  '/unattributed/events/{revision}/proof': {
    get: operation({
      operationId: 'unattributedProof',
      tag,
      scope,
      summary: 'The same of an event that names no user',
      parameters: [REVISION],
      answers: PROOF,
      refusals: NOT_PROVEN,
    }),
  },
  '/users/{userId}/evidence': {
    get: operation({
      operationId: 'evidence',
      tag,
      scope,
      summary: 'All that is recorded of a user, as an archive that shows by itself that it is in the log',
      parameters: [USER_ID],
      answers: {
        200: {
          description: 'A POSIX archive.',
          headers: { ...NOT_KEPT, ...MEANING, 'Content-Disposition': DISPOSITION },
          content: { 'application/x-tar': { schema: {} } },
        },
      },
      refusals: [
        'bad-parameter',
        'bad-user-id',
        'unknown-user',
        'user-erased',
        'history-removed',
        'sealed-otherwise',
        'unreadable-event',
        'access-not-recorded',
        'clock-stands-still',
        'not-as-sealed',
        'not-sealed',
        'too-many-histories',
        'history-too-long',
        'tree-differs',
      ],
    }),
  },
}
