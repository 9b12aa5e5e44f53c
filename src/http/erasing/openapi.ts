import { json } from '../description/answers.ts'
import { inPath, inQuery, LIMIT, USER_ID } from '../description/asked.ts'
import type { Paths, Schema, Schemas } from '../description/openApi.ts'
import { operation } from '../description/operation.ts'
import { list, NEXT_PAGE, object, oneOfTexts, orNull, ref, text, time, wholeNumber } from '../description/schemas.ts'

const step: Readonly<Record<string, Schema>> = { by: ref('Actor'), at: time() }

const order: Schema = { ...text(), minLength: 1, maxLength: 500 }

export const ERASURE_SCHEMAS: Schemas = {
  Actor: {
    description: 'Who took a step: the name of an API key, or the policy, where that erases by itself.',
    oneOf: [object({ key: text() }), object({ policy: { const: 'automatic' } })],
  },
  Erasure: object({
    erasure: wholeNumber(0, 'Its number.'),
    userId: orNull(ref('UserId')),
    state: oneOfTexts(['requested', 'withdrawn', 'confirmed', 'erasing', 'completed']),
    reason: text(),
    ground: object({
      rule: oneOfTexts(['ended', 'refused', 'nobody', 'authority']),
      since: orNull(text('RFC 3339, to the microsecond.')),
      period: orNull(text('ISO 8601, such as P5Y.')),
      dueAt: orNull(text('RFC 3339, to the microsecond.')),
      country: orNull(text()),
      authority: orNull(text('By whose order, where no rule allows it yet.')),
    }),
    requested: object(step),
    confirmed: orNull(object(step)),
    withdrawn: orNull(object({ ...step, reason: text() })),
    events: wholeNumber(0, 'How many events are recorded to go.'),
    completed: orNull(
      object({
        at: time(),
        files: oneOfTexts(['gone', 'scavenge'], 'scavenge: each node of EventStoreDB has still to be scavenged.'),
      }),
    ),
  }),
  ReasonAndAuthority: object({ reason: order, authority: { ...order, description: 'By whose order.' } }, ['authority']),
  Erasures: object({ erasures: list(wholeNumber(0), 'Their numbers.') }),
}

const EXAMPLE = {
  erasure: 12,
  userId: '6461762',
  state: 'requested',
  reason: 'five years are over',
  ground: {
    rule: 'ended',
    since: '2019-06-01T08:00:02.114000Z',
    period: 'P5Y',
    dueAt: '2024-06-01T08:00:02.114000Z',
    country: null,
    authority: null,
  },
  requested: { by: { key: 'legal' }, at: '2024-06-03T09:00:00.000Z' },
  confirmed: null,
  withdrawn: null,
  events: 0,
  completed: null,
} as const

const REASON = {
  required: true,
  content: { 'application/json': { schema: ref('Reason'), example: { reason: 'five years are over' } } },
} as const

const ERASURE = inPath('erasure', wholeNumber(0), 12)

const tag = 'Erasing'

/** What anybody may be told who takes a step. */
const STEP = ['keys-not-set', 'erasure-forbidden', 'erasure-not-recorded'] as const
const STEP_OF_USER = ['bad-user-id', ...STEP] as const

/** What `erasingRoutes` answers. */
export const ERASURE_PATHS: Paths = {
  '/users/{userId}/erasure': {
    post: operation({
      operationId: 'requestErasure',
      tag,
      scope: 'retention:request',
      summary: 'Asks for the erasure of the records of a user',
      parameters: [USER_ID],
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: ref('ReasonAndAuthority'), example: { reason: 'five years are over' } },
        },
      },
      answers: { 201: json('Another key has to confirm it.', ref('Erasure'), EXAMPLE) },
      refusals: [...STEP_OF_USER, 'bad-body', 'body-too-large', 'user-erased'],
    }),
  },
  '/users/{userId}/erasure/{erasure}': {
    get: operation({
      operationId: 'erasureOf',
      tag,
      scope: 'retention:read',
      summary: 'How far an erasure has come',
      parameters: [USER_ID, ERASURE],
      answers: { 200: json('The erasure.', ref('Erasure'), EXAMPLE) },
      refusals: ['bad-user-id', 'unknown-erasure'],
    }),
  },
  '/users/{userId}/erasure/{erasure}/confirm': {
    post: operation({
      operationId: 'confirmErasure',
      tag,
      scope: 'retention:confirm',
      summary: 'Confirms an erasure that another key has asked for: it begins',
      parameters: [USER_ID, ERASURE],
      answers: { 200: json('It is under way.', ref('Erasure'), EXAMPLE) },
      refusals: [...STEP_OF_USER, 'second-person-needed', 'unknown-erasure'],
    }),
  },
  '/users/{userId}/erasure/{erasure}/withdraw': {
    post: operation({
      operationId: 'withdrawErasure',
      tag,
      scope: 'retention:request',
      summary: 'Takes back an erasure that nobody has confirmed',
      parameters: [USER_ID, ERASURE],
      requestBody: REASON,
      answers: { 200: json('It is withdrawn.', ref('Erasure'), EXAMPLE) },
      refusals: [...STEP_OF_USER, 'bad-body', 'body-too-large', 'unknown-erasure'],
    }),
  },
  '/erasures': {
    get: operation({
      operationId: 'openErasures',
      tag,
      scope: 'retention:read',
      summary: 'Erasures that nobody has confirmed, and those under way, by their numbers',
      parameters: [inQuery('after', 'Those behind this one.', wholeNumber(0)), LIMIT],
      answers: {
        200: json('A page.', object({ erasures: list(ref('Erasure')), next: NEXT_PAGE }), {
          erasures: [EXAMPLE],
          next: null,
        }),
      },
      refusals: ['bad-parameter'],
    }),
  },
  '/erasures/due': {
    post: operation({
      operationId: 'requestDueErasures',
      tag,
      scope: 'retention:request',
      summary: 'Asks for the erasure of all that is due, events of nobody among it',
      parameters: [],
      requestBody: REASON,
      answers: { 200: json('What was asked for.', ref('Erasures'), { erasures: [12, 13] }) },
      refusals: [...STEP, 'bad-body', 'body-too-large'],
    }),
  },
  '/erasures/due/confirm': {
    post: operation({
      operationId: 'confirmDueErasures',
      tag,
      scope: 'retention:confirm',
      summary: 'Confirms all that another key has asked for and the rules still allow, but no order',
      answers: { 200: json('What has begun.', ref('Erasures'), { erasures: [12, 13] }) },
      refusals: STEP,
    }),
  },
}
