import { expect } from 'chai'
import { fold } from '../../../domain/state/fold.ts'
import { asRead } from '../../../src/eventStore/asRead.ts'
import type { RecordedEvent, StreamName } from '../../../src/eventStore/recordedEvent.ts'
import { stateThen } from '../../../src/http/users/stateThen.ts'
import { recordedStream, userId } from '../../support/events/storedEvents.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'

const ANNA = userId('101')
const START = 1_719_472_439_902

const document = (owner: string, documentStatus: string, hour: number): WebhookJson => ({
  webhook: 'document.update',
  webhook_id: `of ${hour}`,
  webhook_created_at: START + hour * 3_600_000,
  object_id: '9',
  object_payload: { documents: [{ documentId: '9', userId: owner, documentStatus, documentTypeId: '17' }] },
})
const recordedIn = (stream: StreamName, webhook: WebhookJson): readonly RecordedEvent[] =>
  recordedStream(stream === `kyc-${ANNA}` ? ANNA : null, [webhook]).map((event) =>
    asRead({ ...event, type: 'x' }, stream, event.revision, event.position),
  )

describe('what had occurred of a user by a time', () => {
  it('is what an event of nobody said of a document of which it is known later that it is his', async () => {
    const own = recordedIn(`kyc-${ANNA}`, document(ANNA, 'VALIDATED', 5))
    const orphans = recordedIn('kyc-unattributed', document('1XXXXXX', 'PENDING', 1))
    const question = { asOf: ((START + 2 * 3_600_000) * 1000) as never, knownAt: null }
    const state = await stateThen(ANNA, { own, orphans }, question, [], () => true)
    expect(state).to.deep.equal(fold(ANNA, own, orphans, question))
    expect(state).to.include({ events: 1 })
  })
})
