import * as E from 'fp-ts/lib/Either.js'
import { systemClock } from '../../../src/clock/clock.ts'
import { storeUnavailable } from '../../../src/eventStore/appendOutcome.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import { receiveDelivery } from '../../../src/ingest/receiveDelivery.ts'
import { recordFacts } from '../../../src/ingest/recordFact.ts'
import { isShared } from '../../../src/ledger/streams.ts'
import { webhookSecret } from '../../../src/webhooks/signature.ts'
import { writingLog } from '../logs/logs.ts'
import { SECRET, signed, type WebhookFields } from '../webhooks/webhookBuilders.ts'

/** Takes a webhook about several users, and dies before any part of it is appended: the whole alone stands in the log. */
export const deliverCutShort = (directory: string, webhook: WebhookFields): Promise<void> =>
  writingLog(directory, async (store) => {
    const dying: EventStore = {
      ...store,
      append: (stream, ...rest) =>
        isShared(stream) ? store.append(stream, ...rest) : async () => E.left(storeUnavailable('it was killed')),
    }
    const receive = receiveDelivery({
      recorder: recordFacts(dying, systemClock),
      secrets: () => [webhookSecret(SECRET)],
      keep: async () => E.right(undefined),
    })
    const body = Buffer.from(signed(webhook))
    const outcome = await receive({ body, contentType: null, receivedAt: systemClock(), resubmitted: false })
    if (outcome._tag !== 'NotStored') throw new Error('it was not cut short')
  })
