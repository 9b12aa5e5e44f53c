import { expect } from 'chai'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import { fold } from '../../../domain/state/fold.ts'
import { current } from '../../../domain/state/identifications.ts'
import { recordedStream, userId } from '../../support/events/storedEvents.ts'
import { kinds, stateOf } from '../../support/histories/folded.ts'
import { documented } from '../../support/webhooks/documentedWebhooks.ts'
import { day, document, liveness, qes, sentAgain, videoConference } from '../../support/webhooks/plainWebhooks.ts'

describe('identifications', () => {
  it('the one started last is the current one, not the one heard of last', () => {
    const state = stateOf(
      qes('a', 'STARTED', day(1)),
      qes('b', 'STARTED', day(3)),
      qes('b', 'CANCELED', day(4)),
      qes('a', 'SUCCESS', day(9)),
    )
    expect(current(state.qes)).to.include({ identificationId: 'b', state: 'canceled' })
    expect(state.qes.map(({ identificationId, state: says }) => `${identificationId} ${says}`)).to.deep.equal([
      'a succeeded',
      'b canceled',
    ])
    const checks = stateOf(liveness('a', 'processed', 1, day(9), day(1)), liveness('b', 'processed', 0, day(4), day(3)))
    expect(current(checks.liveness)).to.include({ identificationId: 'b', state: 'failed' })
  })

  it('an announcement sent again under an earlier or later date does not change which one is current', () => {
    const [a, b] = [qes('a', 'STARTED', day(2)), qes('b', 'STARTED', day(4))]
    for (const [captured, again] of [
      [a, 1],
      [a, 3],
      [a, 9],
      [b, 1],
      [b, 3],
      [b, 9],
    ] as const) {
      expect(current(stateOf(a, b, sentAgain(captured, day(again))).qes)?.identificationId).to.equal('b')
    }
    const [early, late] = [
      liveness('a', 'processing', 0, day(2), day(2)),
      liveness('b', 'processing', 0, day(4), day(4)),
    ]
    expect(current(stateOf(early, late, sentAgain(early, day(9))).liveness)?.identificationId).to.equal('b')
    expect(current(stateOf(early, late, sentAgain(late, day(1))).liveness)?.identificationId).to.equal('b')
  })

  it('one that only a captured payload under another id speaks of is never the current one', () => {
    const [open, passed] = [
      liveness('a', 'processing', 0, day(1), day(1)),
      liveness('a', 'processed', 1, day(2), day(1)),
    ]
    const state = stateOf(open, passed, { ...sentAgain(open, day(9)), object_id: 'z' })
    expect(current(state.liveness)).to.include({ identificationId: 'a', state: 'passed' })
  })

  it('a new one while another is open leaves an anomaly, and none once that is closed', () => {
    expect(kinds(stateOf(qes('a', 'STARTED', day(1)), qes('b', 'STARTED', day(2))))).to.deep.equal([
      'identification-superseded',
    ])
    const closed = stateOf(qes('a', 'STARTED', day(1)), qes('a', 'ABORTED', day(2)), qes('b', 'STARTED', day(3)))
    expect(kinds(closed)).to.deep.equal([])
  })

  it('one that is heard of later and was started before the open one leaves no anomaly; at one moment it does', () => {
    const [at8, at9] = ['2024-06-01T08:00:00Z', '2024-06-01T09:00:00Z']
    const open = liveness('b', 'processing', null, day(2), at9)
    expect(kinds(stateOf(open, liveness('a', 'aborted', null, day(3), at8)))).to.deep.equal([])
    expect(kinds(stateOf(open, liveness('a', 'aborted', null, day(3), at9)))).to.deep.equal([
      'identification-superseded',
    ])
  })

  it('the score of a liveness check is nothing before the check is processed', () => {
    const processing = stateOf(liveness('a', 'processing', 1, day(1)))
    expect(processing.liveness[0]).to.include({ state: 'processing', score: null })
    const processed = stateOf(liveness('a', 'processing', 1, day(1)), liveness('a', 'processed', 0, day(2)))
    expect(processed.liveness[0]).to.include({ state: 'failed', score: 0 })
    const owner = userId('2440234')
    const [event] = recordedStream(owner, [documented('kycliveness.create')])
    expect(event === undefined ? [] : fold(owner, [event]).liveness).to.have.nested.property('[0].state', 'processing')
  })

  it('none of them verifies anybody', () => {
    const state = stateOf(
      qes('a', 'SUCCESS', day(1)),
      videoConference('b', 'SUCCESS', day(1)),
      liveness('c', 'processed', 1, day(1)),
      document('801', 'VALIDATED', day(1)),
    )
    expect(currentStatus(state)).to.include({ status: 'none', verified: false })
  })
})
