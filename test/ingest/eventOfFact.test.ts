import { expect } from 'chai'
import { metadataIn } from '../../domain/event/metadata.ts'
import { readWritten } from '../../domain/event/metadataText.ts'
import type { StoredEvent } from '../../domain/event/storedEvent.ts'
import { USER } from '../support/histories/histories.ts'
import { openMemoryLedger } from '../support/pipeline/memoryLedger.ts'
import { day, document, kyc, liveness, qes, sentAgain, undated, user } from '../support/webhooks/plainWebhooks.ts'

describe('the event of a fact', () => {
  it('is spelled in the one way that is read back at once, metadata and webhook', async () => {
    const ledger = openMemoryLedger()
    const first = user('1', day(1))
    const webhooks = [
      first,
      kyc('PENDING', day(2)),
      document('801', 'PENDING', day(3)),
      liveness('liveness-a', 'processing', 0, day(4)),
      qes('transaction-a', 'STARTED', day(5)),
      undated(user('3', day(6))),
      sentAgain(first, day(7)),
    ]
    for (const webhook of webhooks) await ledger.deliver(webhook, Date.parse('2030-01-01T00:00:00Z'))
    const events: readonly StoredEvent[] = ledger.own(USER)
    expect(events).to.have.length(webhooks.length)
    const told = events.map(({ metadata }) => readWritten(metadata))
    expect(told).to.deep.equal(events.map(({ metadata }) => metadataIn(JSON.parse(metadata))))
    expect(told.some((metadata) => metadata?.echoOf === 0)).to.equal(true)
    for (const [index, event] of events.entries()) {
      expect(event.webhookWith?.(told[index]?.payloadHash ?? '')).to.deep.equal(JSON.parse(event.data))
    }
  })
})
