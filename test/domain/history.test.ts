import { expect } from 'chai'
import fc from 'fast-check'
import { currentStatus } from '../../domain/currentStatus.ts'
import { fold } from '../../domain/fold.ts'
import { type Arrival, history, type Standing } from '../../domain/history.ts'
import type { KycState } from '../../domain/kycState.ts'
import { arrivals, orphans, USER } from '../support/histories.ts'
import { kyc, user } from '../support/plainWebhooks.ts'
import { recordedStream } from '../support/storedEvents.ts'

const day = (n: number): string => `2024-06-${String(n).padStart(2, '0')}T12:00:00.000Z`

const standing = (state: KycState): Standing => {
  const { status, verified, governedBy, legacy, lifecycle, documents, liveness, qes, videoConference } =
    currentStatus(state)
  return {
    status,
    verified,
    governedBy,
    legacy: legacy.state,
    lifecycle: lifecycle.state,
    documents: Object.fromEntries(documents.map(({ documentId, state: says }) => [documentId, says])),
    liveness: liveness?.state ?? 'none',
    qes: qes?.state ?? 'none',
    videoConference: videoConference?.state ?? 'none',
  }
}

const foldOf = (all: readonly Arrival[]): KycState =>
  fold(
    USER,
    all.filter(({ orphan }) => !orphan).map(({ event }) => event),
    all.filter(({ orphan }) => orphan).map(({ event }) => event),
  )

/** Own events and events that name no user, as they arrive between each other. */
const timelines: fc.Arbitrary<readonly Arrival[]> = fc
  .tuple(arrivals(), fc.array(orphans, { maxLength: 5 }), fc.infiniteStream(fc.boolean()))
  .map(([ofUser, ofNobody, choices]) => {
    const own = recordedStream(USER, ofUser).map((event) => ({ event, orphan: false }))
    const others = recordedStream(null, ofNobody).map((event) => ({ event, orphan: true }))
    const all: Arrival[] = []
    for (const isOrphan of choices) {
      const next = isOrphan ? (others.shift() ?? own.shift()) : (own.shift() ?? others.shift())
      if (next === undefined) return all
      all.push(next)
    }
    return all
  })

describe('the history of a user', () => {
  it('tells before and after each event what the fold of all that had arrived would have told', () => {
    fc.assert(
      fc.property(timelines, (all) => {
        const entries = [...history(USER, all)].filter((entry) => entry !== null)
        expect(entries).to.have.length(all.length)
        entries.forEach((entry, index) => {
          expect(entry.eventId).to.equal(all[index]?.event.eventId)
          expect(entry.before).to.deep.equal(standing(foldOf(all.slice(0, index))))
          expect(entry.after).to.deep.equal(standing(foldOf(all.slice(0, index + 1))))
        })
      }),
    )
  })

  it('marks an event that arrived after one that it precedes', () => {
    const stream = recordedStream(USER, [
      user('1', day(1)),
      user('2', day(5)),
      kyc('REFUSED', day(3)),
      user('3', day(6)),
    ])
    const entries = [
      ...history(
        USER,
        stream.map((event) => ({ event, orphan: false })),
      ),
    ].filter((entry) => entry !== null)
    expect(entries.map(({ late }) => late)).to.deep.equal([false, false, true, false])
    expect(entries.map(({ after }) => after.status)).to.deep.equal(['pending', 'validated', 'refused', 'refused'])
    expect(entries[2]?.anomalies[0]).to.include({ kind: 'late-event' })
    expect(entries[2]?.occurredAt).to.equal(day(3))
  })

  it('shows an event that cannot be read, and the status unknown from then on', () => {
    const stream = recordedStream(USER, [user('1', day(1)), user('2', day(2))])
    const broken = { eventId: 'broken', revision: 2, data: '{}', metadata: '' }
    const entries = [
      ...history(
        USER,
        [...stream, broken].map((event) => ({ event, orphan: false })),
      ),
    ].filter((entry) => entry !== null)
    expect(entries.map(({ after }) => after.status)).to.deep.equal(['pending', 'validated', 'unknown'])
    expect(entries[2]).to.deep.include({ name: null, occurredAt: null, recordedAt: null, late: false })
    expect(entries[2]?.anomalies.map(({ kind }) => kind)).to.deep.equal(['unreadable-event'])
  })
})
