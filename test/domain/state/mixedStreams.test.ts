import { expect } from 'chai'
import fc from 'fast-check'
import { accountOf } from '../../../domain/answer/account.ts'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import { history } from '../../../domain/answer/history.ts'
import { statusSince } from '../../../domain/answer/status.ts'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import { evolve, evolving } from '../../../domain/state/evolve.ts'
import { fold } from '../../../domain/state/fold.ts'
import { initialState, type KycState } from '../../../domain/state/kycState.ts'
import { readHistory } from '../../../domain/state/ownHistory.ts'
import { project } from '../../../projections/kycStatus.ts'
import { assertLaw } from '../../support/assertLaw.ts'
import { shuffled, USER } from '../../support/histories/histories.ts'
import { mixedStreams } from '../../support/histories/mixedStreams.ts'

const finished = <A>(steps: Generator<null, A>): A => {
  for (;;) {
    const next = steps.next()
    if (next.done) return next.value
  }
}

/** As the projection goes: event by event as they arrive, and anew where one is late. */
const projected = (stream: readonly StoredEvent[]): KycState => {
  let state = initialState(USER)
  for (const [index, event] of stream.entries()) {
    const next = project(state, event)
    state = next._tag === 'Late' ? fold(USER, stream.slice(0, index + 1)) : next.state
  }
  return state
}

describe('a stream in which webhooks and what the service writes itself stand between each other', () => {
  it('comes to one state by every way of folding it, and in whatever order its events are given', async () => {
    const seen = { overlays: 0, released: 0, void: 0, lifted: 0 }
    await assertLaw(
      fc.property(
        mixedStreams.chain((stream) => shuffled(stream).map((other) => [stream, other] as const)),
        ([stream, other]) => {
          const state = fold(USER, stream)
          expect(fold(USER, other)).to.deep.equal(state)
          const { sorted } = readHistory(USER, stream)
          expect(sorted.reduce(evolve, initialState(USER))).to.deep.equal(state)
          expect(sorted.reduce(evolving(), initialState(USER))).to.deep.equal(state)
          expect(projected(stream)).to.deep.equal(state)
          const account = finished(accountOf(USER, readHistory(USER, stream), []))
          expect(account.state).to.deep.equal(state)
          expect(account.by?.occurredAt ?? null).to.equal(statusSince(state))
          const last = [
            ...history(
              USER,
              stream.map((event) => ({ event, orphan: false })),
            ),
          ].at(-1)
          const { status, verified, observed, released, anomalyCounts } = currentStatus(state)
          expect(last?.after).to.include({ status, verified })
          expect(JSON.parse(JSON.stringify(state))).to.deep.equal(state)
          if (observed?.overlays) seen.overlays += 1
          if (released !== null && verified) seen.released += 1
          if (anomalyCounts['release-void'] !== undefined) seen.void += 1
          if (observed?.stands === false) seen.lifted += 1
        },
      ),
      { same: 400, others: 100 },
      () => {
        for (const [what, count] of Object.entries(seen)) expect(count, what).to.be.greaterThan(5)
      },
    )
  })

  it('is never verified that is not by the webhooks alone, unless something was released', async () => {
    let takenAway = 0
    await assertLaw(
      fc.property(mixedStreams, (stream) => {
        const { verified, released } = currentStatus(fold(USER, stream))
        const webhooks = stream.filter(({ type }) => !type.startsWith('kyc-ledger.'))
        const alone = currentStatus(
          fold(
            USER,
            webhooks.map((event, revision) => ({ ...event, revision })),
          ),
        )
        if (verified) expect(alone.verified || released !== null).to.equal(true)
        if (alone.verified && !verified) takenAway += 1
      }),
      { same: 500, others: 100 },
      () => expect(takenAway).to.be.greaterThan(10),
    )
  })
})
