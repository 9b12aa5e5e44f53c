import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { readEvent } from '../../../domain/event/kycEvent.ts'
import { recordedStream, userId } from '../../support/events/storedEvents.ts'

const RECEIVED = '2024-06-03T10:00:00Z'

/** An event of format 1 whose webhook says so of when it was made, where `kept` is what of that was kept beside it; read back. */
const read = (webhook_created_at: unknown, kept: string | null = null) => {
  const webhook = {
    webhook: 'user.kycreview',
    webhook_id: 'w-1',
    ...(webhook_created_at === undefined ? {} : { webhook_created_at }),
    object: 'user',
    object_id: '42',
    object_payload: { users: [{ userId: '42', kycReview: '1' }] },
  }
  const [event] = recordedStream(userId('42'), [webhook])
  if (event === undefined) throw new Error('an event')
  const times = { webhookCreatedAt: kept, recordedAt: RECEIVED, occurredAt: RECEIVED, occurredAtSource: 'receipt' }
  const metadata = JSON.stringify({ ...JSON.parse(event.metadata), format: 1, ...times, disbelief: null })
  const one = readEvent({ ...event, metadata })
  if (E.isLeft(one)) throw new Error(one.left._tag)
  return one.right
}

describe('an event of format 1, which does not say what its webhook claimed', () => {
  it('is dated by what was kept of that, else by the webhook itself', () => {
    const claimed = read('2024-06-01T00:00:00Z')
    expect(claimed).to.include({ claim: 'read', occurredAtSource: 'webhook' })
    expect(read('2024-06-02T00:00:00Z', '2024-06-01T00:00:00Z').occurredAt).to.equal(claimed.occurredAt)
  })

  it('says of a time that cannot be read that it is there, and of none that it is not', () => {
    const claims = ['soon', undefined, ''].map((said) => read(said).claim)
    expect(claims).to.deep.equal(['unreadable', 'absent', 'absent'])
  })
})
