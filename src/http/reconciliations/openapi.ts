import { NOT_KEPT } from '../description/answers.ts'
import type { Paths, Schema, Schemas } from '../description/openApi.ts'
import { operation } from '../description/operation.ts'
import { list, object, oneOfTexts, orNull, ref, text, time, wholeNumber, yesOrNo } from '../description/schemas.ts'
import { MOST_USERS } from './asked.ts'

const dryRun = yesOrNo('Nothing is recorded, and nothing sent again: what would be is told.')

const counts: Readonly<Record<string, Schema>> = {
  checked: wholeNumber(0, 'Users who were held against what the provider says.'),
  recorded: wholeNumber(0, 'Of whom something was recorded, or would be.'),
  released: wholeNumber(0, 'Of whom something that was held back was released, or would be.'),
  failed: wholeNumber(0, 'Of whom nothing could be learned; of what is sent again, what the provider did not send.'),
  through: orNull(ref('UserId')),
}

const kindOf = (kind: string): Schema => ({ const: kind })

export const RECONCILIATION_SCHEMAS: Schemas = {
  Reconciliation: {
    description: 'What is asked for.',
    oneOf: [
      object({ kind: kindOf('suspects'), dryRun }, ['dryRun'], 'Whoever looks as if a webhook never came.'),
      object({ kind: kindOf('sweep'), dryRun }, ['dryRun'], 'Everybody, from where the last sweep was broken off.'),
      object(
        { kind: kindOf('users'), users: { ...list(ref('UserId')), minItems: 1, maxItems: MOST_USERS }, dryRun },
        ['dryRun'],
        'These users.',
      ),
      object(
        { kind: kindOf('resend'), from: time(), to: time(), dryRun },
        ['dryRun'],
        'Has the provider send its webhooks of that time again, which come in as any other.',
      ),
    ],
  },
  ReconciliationLine: {
    description: 'What has come of it.',
    oneOf: [
      object({
        type: kindOf('recorded'),
        dryRun: yesOrNo(),
        userId: ref('UserId'),
        knownToProvider: yesOrNo(),
        answer: { ...ref('Status'), description: 'What the provider says, by itself.' },
        status: object({ before: ref('Status'), after: ref('Status') }),
        observed: orNull(
          object({
            stream: ref('StreamName'),
            revision: ref('Revision'),
            eventId: ref('EventId'),
            position: { ...ref('Position'), description: 'Of the last event that was appended.' },
          }),
        ),
        lastComparedAt: orNull(time('When this node compared him before.')),
        released: orNull(
          object({
            stream: ref('StreamName'),
            revision: ref('Revision'),
            eventId: ref('EventId'),
            payloadHash: text('SHA-256 of the payload, in hex.'),
          }),
        ),
      }),
      object({
        type: kindOf('failed'),
        userId: orNull(ref('UserId')),
        reason: text('For a person.'),
      }),
      object({
        type: kindOf('resent'),
        dryRun: yesOrNo(),
        outcome: oneOfTexts(['nothing', 'counted', 'asked', 'sent', 'failed', 'unknown']),
        webhook: text(),
        from: time(),
        to: time(),
        events: orNull(wholeNumber(0)),
      }),
      object({ type: kindOf('progress'), ...counts }, [], 'About once a second: how far it has come.'),
      object(
        {
          type: kindOf('sum'),
          kind: oneOfTexts(['users', 'suspects', 'sweep', 'resend']),
          dryRun: yesOrNo(),
          outcome: oneOfTexts(['complete', 'broken-off', 'failed']),
          reason: orNull(text('For a person.')),
          ...counts,
        },
        [],
        'The last line. Without it the answer broke off.',
      ),
    ],
  },
}

/** What `reconciliationRoutes` answers. */
export const RECONCILIATION_PATHS: Paths = {
  '/reconciliations': {
    post: operation({
      operationId: 'reconcile',
      tag: 'Reconciling',
      scope: 'journal:write',
      summary: 'Has the provider asked what no webhook said',
      description:
        'A line for each thing that is recorded, or would be; who hangs up breaks it off, and it goes on where it was when it is asked for again.',
      requestBody: {
        required: true,
        content: { 'application/json': { schema: ref('Reconciliation'), example: { kind: 'suspects', dryRun: true } } },
      },
      answers: {
        200: {
          description: 'What comes of it, in lines.',
          headers: NOT_KEPT,
          content: {
            'application/x-ndjson': {
              schema: text('One JSON text a line.'),
              'x-itemSchema': ref('ReconciliationLine'),
            },
          },
        },
      },
      refusals: [
        'bad-body',
        'body-too-large',
        'unsupported-encoding',
        'foreign-form',
        'provider-not-set',
        'reconciliation-under-way',
        'clock-wrong',
        'event-store-unreachable',
        'read-model-behind',
      ],
    }),
  },
}
