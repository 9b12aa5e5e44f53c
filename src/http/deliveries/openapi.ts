import { json } from '../description/answers.ts'
import { inHeader } from '../description/asked.ts'
import type { Paths, Schemas } from '../description/openApi.ts'
import { operation } from '../description/operation.ts'
import { object, oneOfTexts, ref } from '../description/schemas.ts'
import { JOURNAL_PATHS, JOURNAL_SCHEMAS, STANDING } from './journalOpenapi.ts'

export const DELIVERY_SCHEMAS: Schemas = {
  Taken: {
    description: 'What became of a delivery that need not be sent again.',
    oneOf: [
      object({
        outcome: oneOfTexts(['appended', 'duplicate']),
        events: STANDING,
      }),
      object({ outcome: oneOfTexts(['erased', 'ignored', 'noted']) }),
    ],
  },
  ...JOURNAL_SCHEMAS,
}

/** What `webhookRoutes` and `journalRoutes` answer. */
export const DELIVERY_PATHS: Paths = {
  '/webhooks/treezor': {
    post: operation({
      operationId: 'deliverWebhook',
      tag: 'Deliveries',
      scope: null,
      summary: 'Takes a webhook of Treezor',
      description:
        'It is let in by its signature (`object_payload_signature`), not by a key. Answered once what it says is durable; sent again it changes nothing.',
      parameters: [
        inHeader('Kyc-Journal-Id', 'Of a delivery that is submitted again from the journal: its id there.', {
          type: 'string',
          pattern: '^[0-9]+$',
        }),
      ],
      requestBody: {
        required: true,
        description: 'The webhook in its flat or nested envelope, up to 1 MiB, of any content type.',
        content: {
          'application/json': {
            schema: { type: 'object' },
            example: {
              webhook: 'user.kycreview',
              object_payload: { users: [{ userId: '6461762', kycReview: '2', kycLevel: '2' }] },
              object_payload_signature: 'HMAC-SHA256 of object_payload as it is written, in base64',
            },
          },
        },
      },
      answers: {
        200: json('What became of it.', ref('Taken'), {
          outcome: 'appended',
          events: [
            {
              stream: 'kyc-6461762',
              revision: 1,
              position: '0000000000000012',
              eventId: '5b9a3d0c-6f0e-5a53-9d3c-2b7f4a3c1e11',
            },
          ],
        }),
      },
      refusals: [
        'not-a-webhook',
        'unreadable-request',
        'body-too-large',
        'unsupported-encoding',
        'not-verified',
        'too-many-unverified',
        'too-many-large',
        'not-stored',
        'clock-wrong',
      ],
    }),
  },
  ...JOURNAL_PATHS,
}
