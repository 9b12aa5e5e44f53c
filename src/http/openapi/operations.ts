import { ASKED_EACH_TIME, json, NOT_KEPT } from '../description/answers.ts'
import type { Paths, Schemas } from '../description/openApi.ts'
import { operation } from '../description/operation.ts'
import { object, oneOfTexts, orNull, ref, text } from '../description/schemas.ts'

const upOrDown = oneOfTexts(['up', 'down'])

const readiness = (status: 'ready' | 'not ready') =>
  object(
    {
      status: { const: status },
      clock: oneOfTexts(['right', 'behind', 'leapt', 'skewed']),
      eventStore: upOrDown,
      journal: upOrDown,
      readModel: oneOfTexts(['caught up', 'catching up', 'behind']),
      subscription: upOrDown,
      seals: oneOfTexts(['off', 'catching up', 'sealing', 'no key', 'another key', 'contradicted', 'log damaged']),
      position: orNull(ref('Position')),
      webhooksOut: {
        type: 'object',
        description: 'Each endpoint of outgoing webhooks by its name, where there are any',
        additionalProperties: oneOfTexts(['on', 'down', 'off']),
      },
    },
    ['clock', 'eventStore', 'journal', 'readModel', 'subscription', 'seals', 'position', 'webhooksOut'],
  )

export const OPERATION_SCHEMAS: Schemas = { Ready: readiness('ready'), NotReady: readiness('not ready') }

const READY = {
  status: 'ready',
  clock: 'right',
  eventStore: 'up',
  journal: 'up',
  readModel: 'caught up',
  subscription: 'up',
  seals: 'sealing',
  position: '0000000000000012',
} as const

const tag = 'Operations'
const scope = null

/** What `operationRoutes` and `openApiRoutes` answer. */
export const OPERATION_PATHS: Paths = {
  '/health/live': {
    get: operation({
      operationId: 'live',
      tag,
      scope,
      summary: 'Whether the process answers',
      answers: { 200: json('It does.', object({ status: { const: 'live' } }), { status: 'live' }) },
    }),
  },
  '/health/ready': {
    get: operation({
      operationId: 'ready',
      tag,
      scope,
      summary: 'Whether the service may be sent requests',
      description:
        'It needs no key. What that rests on is told to a key with `metrics:read` alone, or to everybody where `METRICS_OPEN` is on.',
      answers: {
        200: json('It may.', ref('Ready'), READY),
        503: json('It may not; to whom it is told, what is missing.', ref('NotReady'), {
          ...READY,
          status: 'not ready',
          readModel: 'catching up',
        }),
      },
    }),
  },
  '/metrics': {
    get: operation({
      operationId: 'metrics',
      tag,
      scope: 'metrics:read',
      summary: 'Metrics of Prometheus',
      description: 'Where `METRICS_OPEN` is on it needs no key.',
      answers: {
        200: { description: 'Text.', headers: NOT_KEPT, content: { 'text/plain': { schema: text() } } },
      },
    }),
  },
  '/openapi.json': {
    get: operation({
      operationId: 'openApi',
      tag,
      scope,
      summary: 'This description',
      answers: {
        200: {
          description: 'OpenAPI 3.1.',
          headers: ASKED_EACH_TIME,
          content: { 'application/json': { schema: { type: 'object', additionalProperties: true } } },
        },
      },
    }),
  },
}
