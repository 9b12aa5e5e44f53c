import { expect } from 'chai'
import { isMixed } from '../../../domain/event/mixed.ts'
import { storedEvent, userId } from '../../support/events/storedEvents.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'

const about = (...users: readonly unknown[]): WebhookJson => ({
  webhook: 'user.kycreview',
  webhook_id: 'mixed',
  webhook_created_at: 17194724399020,
  object_payload: { users: users.map((one) => ({ userId: one, kycReview: '2' })) },
})

describe('an event that speaks of several users', () => {
  it('is mixed where it holds what is said of all of them, or of nobody beside one; not where it holds a part', () => {
    const user = userId('42')
    const all = storedEvent(about('42', '43'), { user })
    expect(isMixed(all)).to.equal(true)
    expect(isMixed(storedEvent(about('42', '0'), { user }))).to.equal(true)
    expect(isMixed(storedEvent(about('42', '42'), { user }))).to.equal(false)
    const asPart = { ...JSON.parse(all.metadata), elementHash: 'a' }
    expect(isMixed({ ...all, metadata: JSON.stringify(asPart) })).to.equal(false)
    expect(isMixed({ ...all, metadata: '{}' })).to.equal(false)
  })
})
