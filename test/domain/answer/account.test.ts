import { expect } from 'chai'
import fc from 'fast-check'
import { type Account, accountOf } from '../../../domain/answer/account.ts'
import { statusOf, statusSince } from '../../../domain/answer/status.ts'
import { foldHistory } from '../../../domain/state/fold.ts'
import { readHistory } from '../../../domain/state/ownHistory.ts'
import { instant, recordedStream } from '../../support/events/storedEvents.ts'
import { arrivals, orphans, USER } from '../../support/histories/histories.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'
import { day, document, kyc, liveness, qes, sentAgain, user } from '../../support/webhooks/plainWebhooks.ts'

const finished = (account: Generator<null, Account>): Account => {
  for (;;) {
    const next = account.next()
    if (next.done) return next.value
  }
}

const accountOfAll = (...arriving: readonly WebhookJson[]): Account =>
  finished(accountOf(USER, readHistory(USER, recordedStream(USER, arriving)), []))

const shown = ({ moves }: Account): readonly string[] =>
  moves.map(({ region, object, from, to }) => `${region}${object === null ? '' : ` ${object}`}: ${from} -> ${to}`)

describe('the account of a user', () => {
  it('is the fold, and its moves lead from nothing to where everything of him stands', () => {
    fc.assert(
      fc.property(arrivals(20), fc.array(orphans, { maxLength: 4 }), (ofUser, ofNobody) => {
        const history = readHistory(USER, recordedStream(USER, ofUser))
        const others = recordedStream(null, ofNobody)
        const account = finished(accountOf(USER, history, others))
        const { state, status, by, moves } = account
        expect(state).to.deep.equal(foldHistory(USER, history, others))
        expect(status).to.equal(statusOf(state))
        const reached = new Map<string, string>()
        for (const { region, object, from, to } of moves) {
          expect(reached.get(`${region} ${object}`) ?? 'none').to.equal(from)
          expect(from).to.not.equal(to)
          reached.set(`${region} ${object}`, to)
        }
        expect(reached.get('legacy null') ?? 'none').to.equal(state.legacy.state)
        expect(reached.get('lifecycle null') ?? 'none').to.equal(state.lifecycle.state)
        for (const { documentId, state: of } of state.documents)
          expect(reached.get(`documents ${documentId}`) ?? 'none').to.equal(of)
        for (const region of ['liveness', 'qes', 'videoConference'] as const)
          for (const { identificationId, state: of } of state[region])
            expect(reached.get(`${region} ${identificationId}`) ?? 'none').to.equal(of)
        expect(by?.occurredAt ?? null).to.equal(statusSince(state))
      }),
    )
  })

  it('tells with which event he came to have his status, though his state moved on within it', () => {
    const account = accountOfAll(user('1', day(1)), user('4', day(2)))
    expect(account.status).to.equal('pending')
    expect(account.by?.occurredAt).to.equal(instant(day(1)))
    expect(shown(account)).to.deep.equal(['legacy: none -> pending', 'legacy: pending -> investigating'])
  })

  it('tells the moves in the order in which they happened, whichever order they were heard in', () => {
    const told = [user('1', day(1)), user('2', day(3)), kyc('PENDING', day(4)), kyc('VALIDATED', day(6))]
    const inOrder = accountOfAll(...told)
    expect(shown(inOrder)).to.deep.equal([
      'legacy: none -> pending',
      'legacy: pending -> validated',
      'lifecycle: none -> pending',
      'lifecycle: pending -> validated',
    ])
    expect(shown(accountOfAll(...told.toReversed()))).to.deep.equal(shown(inOrder))
    // Once the new life cycle governs, what it says is when the status began.
    expect(inOrder.by?.occurredAt).to.equal(instant(day(6)))
  })

  it('keeps apart what several documents and identifications went through', () => {
    expect(
      shown(
        accountOfAll(
          document('7', 'PENDING', day(1)),
          document('8', 'PENDING', day(2)),
          document('7', 'VALIDATED', day(3)),
          liveness('a', 'initiated', null, day(4)),
          qes('q', 'STARTED', day(5)),
          qes('q', 'SUCCESS', day(6)),
        ),
      ).filter((move) => !move.startsWith('liveness')),
    ).to.deep.equal([
      'documents 7: none -> pending',
      'documents 8: none -> pending',
      'documents 7: pending -> validated',
      'qes q: none -> started',
      'qes q: started -> succeeded',
    ])
  })

  it('has no move of an echo that is not followed', () => {
    const valid = user('2', day(2))
    const account = accountOfAll(user('1', day(1)), valid, user('3', day(3)), sentAgain(valid, day(4)))
    expect(account.status).to.equal('refused')
    expect(account.by?.occurredAt).to.equal(instant(day(3)))
    expect(shown(account).at(-1)).to.equal('legacy: validated -> refused')
  })

  it('names no event where what is missing makes the status uncertain', () => {
    const [, second] = recordedStream(USER, [user('1', day(1)), user('2', day(2))])
    if (second === undefined) throw new Error('two events are expected')
    const account = finished(accountOf(USER, readHistory(USER, [second]), []))
    expect(account).to.include({ status: 'unknown', by: null })
  })

  it('tells how things stood at a time', () => {
    const history = readHistory(USER, recordedStream(USER, [user('1', day(1)), user('2', day(3))]))
    const then = finished(accountOf(USER, history, [], { asOf: instant(day(2)) }))
    expect(then.status).to.equal('pending')
    expect(shown(then)).to.deep.equal(['legacy: none -> pending'])
  })
})
