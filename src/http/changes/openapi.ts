import { STATUSES } from '../../../domain/answer/status.ts'
import { STATUS_CHANGED } from '../../changes/cloudEvent.ts'
import { NOT_KEPT } from '../description/answers.ts'
import { inHeader, inQuery } from '../description/asked.ts'
import type { Paths, Schemas } from '../description/openApi.ts'
import { operation } from '../description/operation.ts'
import { object, oneOfTexts, orNull, ref, text, time, yesOrNo } from '../description/schemas.ts'

const CHANGE_ID = text('The id of a change, opaque; or a position.')

export const CHANGE_SCHEMAS: Schemas = {
  ChangeLine: {
    description: 'What is told of a user from now on, as a CloudEvent 1.0. It names no person.',
    ...object({
      specversion: { const: '1.0' },
      id: text('Opaque; whoever was told this goes on behind it, on any node.'),
      source: text('The log: `/kyc-ledger/<its id>`.'),
      type: { const: STATUS_CHANGED },
      subject: ref('UserId'),
      datacontenttype: { const: 'application/json' },
      data: object({
        status: oneOfTexts([...STATUSES, 'erased']),
        verified: yesOrNo('True for validated alone.'),
        since: orNull(time()),
        position: ref('Position'),
      }),
    }),
  },
}

/** What `changeRoutes` answers. */
export const CHANGE_PATHS: Paths = {
  '/changes': {
    get: operation({
      operationId: 'changes',
      tag: 'Users',
      scope: 'kyc:read',
      summary: 'Changes of how users stand, in lines, or live',
      description:
        'At least the last change of each user, in the order of the log: one may come twice, and of several at once the last alone. In lines to the end as it stands; as server-sent events for as long as the client stays.',
      parameters: [
        inQuery('after', 'Those behind this id, or from this position on.', CHANGE_ID),
        inHeader('Last-Event-ID', 'The same, of a client of server-sent events that comes again.', CHANGE_ID),
      ],
      answers: {
        200: {
          description: 'Changes in the order in which they are told.',
          headers: NOT_KEPT,
          content: {
            'application/x-ndjson': { schema: text('One JSON text a line.'), 'x-itemSchema': ref('ChangeLine') },
            'text/event-stream': {
              schema: text('Server-sent events; the id of each is that of its change.'),
              'x-itemSchema': ref('ChangeLine'),
            },
          },
        },
      },
      refusals: ['bad-parameter', 'foreign-position', 'read-model-behind', 'other-meaning', 'too-many-feeds'],
    }),
  },
}
