import { DRIFT_KINDS } from '../../../domain/answer/drift.ts'
import { STATUSES } from '../../../domain/answer/status.ts'
import { ANOMALY_KINDS } from '../../../domain/state/anomaly.ts'
import { ASKED_EACH_TIME, json, MEANING, NOT_KEPT, pagesOrLines } from '../description/answers.ts'
import { aDay, aTime, inHeader, inQuery, LIMIT, PAGED, PAGED_OF_TWO, USER_ID } from '../description/asked.ts'
import type { Header, Paths } from '../description/openApi.ts'
import { operation } from '../description/operation.ts'
import { list, NEXT_PAGE, object, oneOfTexts, ref, text } from '../description/schemas.ts'
import { EVENT_EXAMPLE, HISTORY_EXAMPLE, STATUS_EXAMPLE } from './examples.ts'

const ETAG: Header = { description: 'Changes with the answer.', required: true, schema: { type: 'string' } }

const POSITION: Header = {
  description: 'How far the read model had come that answers; nothing where the log itself does.',
  required: false,
  schema: ref('Position'),
}

const STATUS_HEADERS = { ...ASKED_EACH_TIME, ...MEANING, ETag: ETAG, 'Kyc-Position': POSITION }

/** Where the events of a user do not tell what is asked. */
const NO_HISTORY = ['history-removed', 'user-erased', 'unreadable-event', 'not-as-sealed'] as const

const eventsPage = object({ events: list(ref('RecordedEvent')), next: NEXT_PAGE })

/** What `userRoutes` answers. */
export const USER_PATHS: Paths = {
  '/users': {
    get: operation({
      operationId: 'listUsers',
      tag: 'Users',
      scope: 'kyc:read',
      summary: 'Users by how they stand',
      description:
        'In pages, in the order of the ids as texts; `next` leads on. With an anomaly alone that events of nobody can have, those follow on the users. With `erasureDueBefore` the key needs `retention:read` instead.',
      parameters: [
        inQuery('status', 'Those who stand so.', oneOfTexts(STATUSES)),
        aDay('reviewDueBefore', 'Those to be reviewed before that day.'),
        inQuery('anomaly', 'Those who show one of this kind.', oneOfTexts(ANOMALY_KINDS)),
        aTime('pendingSince', 'Those who have been pending since then, or for longer.'),
        inQuery('drift', 'Those of whom it looks, in this way, as if a webhook never came.', oneOfTexts(DRIFT_KINDS)),
        aDay('erasureDueBefore', 'Those whose records are due to go before that day.'),
        inQuery(
          'changedAfter',
          'Those whose status changed behind this id, or from this position on, in the order of changes; 0: all.',
          text(),
        ),
        inQuery('after', 'Those behind this one.', ref('UserId')),
        inQuery('afterEvent', 'Events of nobody behind this revision of kyc-unattributed.', ref('Revision')),
        LIMIT,
      ],
      answers: {
        200: json(
          'A page.',
          ref('UserList'),
          {
            users: [
              {
                userId: '6461762',
                status: 'validated',
                since: '2022-05-30T14:11:02.072Z',
                nextReviewDate: null,
                verified: true,
              },
            ],
            next: null,
          },
          { ...NOT_KEPT, ...MEANING },
        ),
      },
      refusals: ['bad-parameter', 'foreign-position', 'read-model-behind', 'other-meaning'],
    }),
  },
  '/users/{userId}/kyc': {
    get: operation({
      operationId: 'kycStatus',
      tag: 'Users',
      scope: 'kyc:read',
      summary: 'The status of a user, now or at a past time',
      parameters: [
        USER_ID,
        aTime('asOf', 'What had occurred by then, by all that is recorded now.'),
        aTime('knownAt', 'By what had been recorded here by then.'),
        inQuery('minPosition', 'Waits up to 2 s until an answer holds all up to this position.', ref('Position')),
        inHeader('If-None-Match', 'The ETag of the answer that the client holds.'),
      ],
      answers: {
        200: json('How he stands.', ref('CurrentStatus'), STATUS_EXAMPLE, STATUS_HEADERS),
        304: { description: 'As the client holds it.', headers: STATUS_HEADERS },
      },
      refusals: [
        'bad-parameter',
        'bad-user-id',
        'foreign-position',
        'future-known-at',
        'unknown-user',
        'user-erased',
        'position-not-reached',
        'too-many-histories',
        'history-too-long',
        'clock-stands-still',
      ],
    }),
  },
  '/users/{userId}/kyc/history': {
    get: operation({
      operationId: 'kycHistory',
      tag: 'Users',
      scope: 'kyc:read',
      summary: 'What each event changed, as known when it was recorded',
      parameters: [USER_ID, ...PAGED_OF_TWO],
      answers: {
        200: pagesOrLines(
          'A page, or all of it in lines.',
          object({ userId: ref('UserId'), events: list(ref('HistoryEntry')), next: NEXT_PAGE }),
          { userId: '6461762', events: [HISTORY_EXAMPLE], next: null },
          ref('HistoryEntry'),
          { ...NOT_KEPT, ...MEANING },
        ),
      },
      refusals: [
        'bad-parameter',
        'bad-user-id',
        'unknown-user',
        ...NO_HISTORY,
        'too-many-histories',
        'history-too-long',
      ],
    }),
  },
  '/users/{userId}/events': {
    get: operation({
      operationId: 'userEvents',
      tag: 'Events',
      scope: 'audit:read',
      summary: 'The events of a user as recorded',
      description: 'That they are read is recorded under the name of the key before anything is given.',
      parameters: [USER_ID, ...PAGED_OF_TWO],
      answers: {
        200: pagesOrLines(
          'A page, or all of it in lines.',
          eventsPage,
          { events: [EVENT_EXAMPLE], next: null },
          ref('RecordedEvent'),
        ),
      },
      refusals: ['bad-parameter', 'bad-user-id', 'unknown-user', ...NO_HISTORY, 'access-not-recorded'],
    }),
  },
  '/unattributed/events': {
    get: operation({
      operationId: 'unattributedEvents',
      tag: 'Events',
      scope: 'audit:read',
      summary: 'The events that name no user, as recorded',
      parameters: PAGED,
      answers: {
        200: pagesOrLines(
          'A page, or all of it in lines.',
          eventsPage,
          { events: [{ ...EVENT_EXAMPLE, stream: 'kyc-unattributed' }], next: null },
          ref('RecordedEvent'),
        ),
      },
      refusals: ['bad-parameter', 'access-not-recorded'],
    }),
  },
}
