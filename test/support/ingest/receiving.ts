import * as E from 'fp-ts/lib/Either.js'
import type { Instant } from '../../../domain/instant.ts'
import { receiveDelivery } from '../../../src/ingest/receiveDelivery.ts'
import type { FactRecorder } from '../../../src/ingest/recordFact.ts'
import { webhookSecret } from '../../../src/webhooks/signature.ts'

interface Received {
  readonly record: FactRecorder['record']
  readonly secret: string
  readonly isErased?: (userId: string) => boolean
}

/** What a delivery of this body comes to with a recorder alone, why it was kept, and how often it was let go of. */
export const received = async (body: string, { record, secret, isErased = () => false }: Received) => {
  const kept: string[] = []
  let letGo = 0
  const outcome = await receiveDelivery({
    recorder: { record, settled: async () => undefined },
    secrets: () => [webhookSecret(secret)],
    keep: async ({ reason }) => {
      kept.push(reason)
      return E.right(undefined)
    },
    letGo: async () => {
      letGo += 1
    },
    isErased,
  })({
    body: Buffer.from(body),
    contentType: null,
    receivedAt: 1_700_000_000_000 as Instant,
    resubmitted: false,
  })
  return { outcome, kept, letGo }
}
