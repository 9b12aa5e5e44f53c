import { ACCESS_KINDS } from '../../ledger/accessEvent.ts'
import { NOT_KEPT, pagesOrLines } from '../description/answers.ts'
import { inHeader, inQuery, PAGED } from '../description/asked.ts'
import type { Paths, Schemas } from '../description/openApi.ts'
import { operation } from '../description/operation.ts'
import { list, NEXT_PAGE, object, oneOfTexts, orNull, ref, text, time } from '../description/schemas.ts'

const place = { eventId: ref('EventId'), revision: ref('Revision'), position: ref('Position') }

export const WHOLE_LOG_SCHEMAS: Schemas = {
  LogLine: {
    description: 'An event as recorded; or the streams of which events may be missing, there or before.',
    oneOf: [ref('RecordedEvent'), object({ incomplete: list(ref('StreamName')) })],
  },
  Access: {
    description: 'That somebody read data of persons.',
    oneOf: [
      object({
        ...place,
        key: orNull(text('The name of the API key; null where reads were open.')),
        read: oneOfTexts(ACCESS_KINDS),
        userId: orNull(ref('UserId')),
        recordedAt: time(),
      }),
      object({ ...place, unreadable: { const: true } }),
    ],
  },
}

const tag = 'Events'
const scope = 'audit:read'

/** What `wholeLogRoutes` answers. */
export const WHOLE_LOG_PATHS: Paths = {
  '/events': {
    get: operation({
      operationId: 'wholeLog',
      tag,
      scope,
      summary: 'The whole log, in lines, or live',
      description: 'In lines to where the log ends; as server-sent events for as long as the client stays.',
      parameters: [
        inQuery('after', 'Those behind this position.', ref('Position')),
        inHeader('Last-Event-ID', 'The same, of a client of server-sent events that comes again.', ref('Position')),
      ],
      answers: {
        200: {
          description: 'Events in the order of the log.',
          headers: NOT_KEPT,
          content: {
            'application/x-ndjson': { schema: text('One JSON text a line.'), 'x-itemSchema': ref('LogLine') },
            'text/event-stream': {
              schema: text('Server-sent events; the id of each is its position.'),
              'x-itemSchema': ref('LogLine'),
            },
          },
        },
      },
      refusals: ['bad-parameter', 'foreign-position', 'access-not-recorded', 'too-many-feeds'],
    }),
  },
  '/access': {
    get: operation({
      operationId: 'accesses',
      tag,
      scope,
      summary: 'Who read what, in the order in which it was recorded',
      parameters: [
        ...PAGED,
        inQuery('userId', 'What was read of him, or may have been.', ref('UserId')),
        inQuery('until', 'The last revision that is looked at; `next` brings it along.', ref('Revision')),
      ],
      answers: {
        200: pagesOrLines(
          'A page, or all of it in lines.',
          object({ events: list(ref('Access')), next: NEXT_PAGE }),
          {
            events: [
              {
                eventId: '0d0f7a52-9a0c-4f3c-8a39-5a3d1a1d7c11',
                revision: 0,
                position: '0000000000000013',
                key: 'auditor',
                read: 'user-events',
                userId: '6461762',
                recordedAt: '2026-03-01T09:00:00.000Z',
              },
            ],
            next: null,
          },
          ref('Access'),
        ),
      },
      refusals: ['bad-parameter', 'access-not-recorded'],
    }),
  },
}
