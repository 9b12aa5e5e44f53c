import { expect } from 'chai'
import { statusOf } from '../../../domain/answer/status.ts'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import { fold } from '../../../domain/state/fold.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import { recordedStream } from '../../support/events/storedEvents.ts'
import { kinds } from '../../support/histories/folded.ts'
import { USER } from '../../support/histories/histories.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'
import { day, document, sentAgain, user } from '../../support/webhooks/plainWebhooks.ts'
import { at } from '../../support/webhooks/webhookBuilders.ts'

describe('a document whose user is not named', () => {
  const orphan = (documentId: string, documentStatus: string, at: string): WebhookJson => ({
    ...document(documentId, documentStatus, at),
    object_payload: { documents: [{ documentId, documentStatus, userId: '0000000' }] },
  })
  const stateWith = (orphans: readonly WebhookJson[], ...own: readonly WebhookJson[]): KycState =>
    fold(USER, recordedStream(USER, own), recordedStream(null, orphans))

  it('is the one of the user whose document it is, with an anomaly', () => {
    const state = stateWith([orphan('801', 'CANCELED', day(2))], document('801', 'PENDING', day(1)))
    expect(state.documents.map(({ documentId, state: says }) => `${documentId} ${says}`)).to.deep.equal([
      '801 canceled',
    ])
    expect(kinds(state)).to.deep.equal(['user-unknown'])
    expect(state).to.include({ events: 2, revision: 0 })
  })

  it('says nothing of a user who has no such document, nor of his verification', () => {
    const own = [user('1', day(1)), document('801', 'PENDING', day(1))]
    expect(stateWith([orphan('802', 'VALIDATED', day(2))], ...own)).to.deep.equal(stateWith([], ...own))
    expect(statusOf(stateWith([orphan('801', 'VALIDATED', day(2))], ...own))).to.equal('pending')
  })

  it('has its place in time, wherever it is recorded', () => {
    const own = [document('801', 'PENDING', day(1)), document('801', 'VALIDATED', day(5))]
    const state = stateWith([orphan('801', 'CANCELED', day(3))], ...own)
    expect(state.documents.map(({ state: says }) => says)).to.deep.equal(['validated'])
  })

  it('does not validate it a second time under another date', () => {
    const orphans = [orphan('801', 'VALIDATED', day(2)), orphan('801', 'CANCELED', day(3))]
    const again = sentAgain(orphan('801', 'VALIDATED', day(2)), day(4))
    const state = stateWith([...orphans, again], document('801', 'PENDING', day(1)))
    expect(state.documents.map(({ state: says }) => says)).to.deep.equal(['canceled'])
  })
})

describe('an event in which nobody was found when it was recorded', () => {
  const stateWith = (unread: readonly WebhookJson[], ...own: readonly WebhookJson[]): KycState =>
    fold(USER, recordedStream(USER, own), recordedStream(null, unread))

  it('is heard by the user whom this version finds in it, with an anomaly, in its place', () => {
    const refused = stateWith([user('3', day(3))], user('1', day(1)), user('2', day(2)))
    expect(statusOf(refused)).to.equal('refused')
    expect(kinds(refused)).to.include('user-unknown')
    expect(refused).to.include({ events: 3, revision: 1 })
    expect(statusOf(stateWith([user('3', day(3))], user('1', day(1)), user('2', day(4))))).to.equal('validated')
  })

  it('is all that is known of a user who has no event of his own', () => {
    const state = stateWith([user('1', day(1)), user('2', day(2))])
    expect(state).to.include({ events: 2, revision: -1 })
    expect(statusOf(state)).to.equal('validated')
    expect(kinds(state)).to.deep.equal(['user-unknown', 'user-unknown'])
  })

  it('says nothing of anybody else', () => {
    const ofAnother = { ...user('3', day(3)), object_payload: { users: [{ userId: '43', kycReview: '3' }] } }
    expect(stateWith([ofAnother], user('2', day(2)))).to.deep.equal(stateWith([], user('2', day(2))))
  })

  it('is not heard again where the stream of the user holds it', () => {
    const own = [user('1', day(1)), user('2', day(2))]
    expect(stateWith([user('2', day(2))], ...own)).to.deep.equal(stateWith([], ...own))
  })

  it('is not taken back by a copy that somebody dates to before a validation', () => {
    for (const copy of [
      sentAgain(user('3', day(5)), day(1)),
      { ...user('3', day(5)), webhook_created_at: at(day(1)) },
    ]) {
      expect(statusOf(stateWith([user('3', day(5))], copy, user('2', day(3))))).to.equal('refused')
    }
  })

  it('is heard where that stream holds the same payload under another id or time, but vouches for nobody', () => {
    const own = [user('3', day(1)), user('2', day(2))]
    expect(statusOf(stateWith([sentAgain(user('3', day(1)), day(3))], ...own))).to.equal('refused')
    const again = stateWith([sentAgain(user('2', day(2)), day(4))], ...own, user('3', day(3)))
    expect(statusOf(again)).to.equal('refused')
    expect(kinds(again)).to.include.members(['user-unknown', 'echo'])
  })

  it('makes him the owner of the documents that it says are his', () => {
    const cancel = {
      ...document('801', 'CANCELED', day(3)),
      object_payload: { documents: [{ documentId: '801', documentStatus: 'CANCELED' }] },
    }
    const { documents } = stateWith([cancel, document('801', 'PENDING', day(1))])
    expect(documents.map(({ state: says }) => says)).to.deep.equal(['canceled'])
  })
})

describe('a part of a webhook in which nobody was found when it was recorded', () => {
  const withPart = (stream: readonly StoredEvent[], elementHash: string | null): readonly StoredEvent[] =>
    stream.map((event) => ({ ...event, metadata: JSON.stringify({ ...JSON.parse(event.metadata), elementHash }) }))
  const part = (review: string): WebhookJson => ({ ...user(review, day(1)), webhook_id: 'one webhook' })
  /** Both hold parts of one webhook, and so have its hash. */
  const heard = (own: string | null, ofNobody: string | null = 'another part'): KycState => {
    const ofAll = recordedStream(USER, [part('2')])
    const { payloadHash } = JSON.parse(ofAll[0]?.metadata ?? '')
    const others = withPart(recordedStream(null, [part('3')]), ofNobody).map((event) => ({
      ...event,
      metadata: JSON.stringify({ ...JSON.parse(event.metadata), payloadHash }),
    }))
    return fold(USER, withPart(ofAll, own), others)
  }

  it('is heard by whom this version finds in it, beside another part of his; nor where either is all of the webhook', () => {
    expect(heard('his part')).to.include({ events: 2 })
    expect(kinds(heard('his part'))).to.not.include('echo')
    expect(heard('another part')).to.include({ events: 1 })
    expect(heard(null)).to.include({ events: 1 })
    expect(heard('his part', null)).to.include({ events: 1 })
  })
})
