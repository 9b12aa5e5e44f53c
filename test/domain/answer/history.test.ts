import { expect } from 'chai'
import fc from 'fast-check'
import { anomaliesOf } from '../../../domain/answer/anomalies.ts'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import { type Arrival, type HistoryEntry, history } from '../../../domain/answer/history.ts'
import type { Standing } from '../../../domain/answer/standing.ts'
import type { Anomaly } from '../../../domain/state/anomaly.ts'
import { fold } from '../../../domain/state/fold.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import { recordedStream } from '../../support/events/storedEvents.ts'
import { heard, named, observed, releasedByTwo, releasedOn, requested, withOwn } from '../../support/events/writings.ts'
import { arrivals, orphans, USER } from '../../support/histories/histories.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'
import { day, document, kyc, sentAgain, user } from '../../support/webhooks/plainWebhooks.ts'

const UNREAD = 'this version cannot read it'

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

/** His own, and others in which he was not found when they were recorded: some of them stand among his own as well. */
const someUnread = arrivals(12).chain((webhooks) => fc.tuple(fc.subarray([...webhooks]), fc.subarray([...webhooks])))

/** Own events and events of the stream of the unattributed, as they arrive between each other. */
const timelines: fc.Arbitrary<readonly Arrival[]> = fc
  .tuple(
    fc.oneof(
      arrivals().map((ofUser) => [ofUser, []] as const),
      someUnread,
    ),
    fc.array(orphans, { maxLength: 5 }),
    fc.infiniteStream(fc.boolean()),
  )
  .map(([[ofUser, unread], ofNobody, choices]) => {
    const own = recordedStream(USER, ofUser).map((event) => ({ event, orphan: false }))
    const others = recordedStream(null, [...ofNobody, ...unread]).map((event) => ({ event, orphan: true }))
    const all: Arrival[] = []
    for (const isOrphan of choices) {
      const next = isOrphan ? (others.shift() ?? own.shift()) : (own.shift() ?? others.shift())
      if (next === undefined) return all
      all.push(next)
    }
    return all
  })

/** The same, of which some own events are missing and some cannot be read. */
const flawed = timelines.chain((all) =>
  fc.tuple(...all.map(() => fc.nat(9))).map((choices) =>
    all.flatMap((arrival, index) => {
      if (arrival.orphan || (choices[index] ?? 9) > 1) return [arrival]
      return choices[index] === 0 ? [] : [{ ...arrival, event: { ...arrival.event, metadata: '{"format":9}' } }]
    }),
  ),
)

describe('the history of a user', () => {
  it('tells before and after each event what the fold of all that had arrived would have told', () => {
    fc.assert(
      fc.property(fc.oneof(timelines, flawed), (all) => {
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

  it('tells with each event what the fold found odd then and not before it', () => {
    const keysOf = (anomalies: readonly Omit<HistoryEntry['anomalies'][number] | Anomaly, 'at'>[]): readonly string[] =>
      anomalies.map(({ kind, eventId, detail }) => JSON.stringify([kind, eventId, detail]))
    fc.assert(
      fc.property(fc.oneof(timelines, flawed), (all) => {
        const entries = [...history(USER, all)].filter((entry) => entry !== null)
        for (const [index, { anomalies }] of entries.entries()) {
          const before = new Set(keysOf(anomaliesOf(foldOf(all.slice(0, index)))))
          const after = keysOf(anomaliesOf(foldOf(all.slice(0, index + 1))))
          const ofFold = anomalies.filter(({ kind, detail }) => kind !== 'late-event' && detail !== UNREAD)
          expect(keysOf(ofFold)).to.deep.equal(after.filter((key) => !before.has(key)))
        }
      }),
    )
  })

  it('tells it of long lives as well, whatever comes late in them', () => {
    const hours = Array.from({ length: 300 }, (_, n) =>
      n % 7 === 3 ? Math.max(0, n - ([1, 40, 150, 299][n % 4] ?? 0)) : n,
    )
    const lived = hours.map((hour, n) => {
      const at = new Date(Date.parse(day(1)) + (hour * 300 + n) * 1000).toISOString()
      return n % 2 === 0 ? user(String(1 + (n % 3)), at) : document(String(n), n % 3 === 0 ? 'PENDING' : 'CANCELED', at)
    })
    const all = recordedStream(
      USER,
      lived.map((webhook, n) => ({
        ...webhook,
        object_payload: { ...(webhook.object_payload as object), clientId: n },
      })),
    ).map((event) => ({ event, orphan: false }))
    const entries = [...history(USER, all)].filter((entry) => entry !== null)
    expect(entries.filter(({ late }) => late).length).to.be.greaterThan(30)
    for (const [index, { after, late }] of entries.entries()) {
      if (late) expect(after).to.deep.equal(standing(foldOf(all.slice(0, index + 1))))
    }
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

  it('tells what is odd about the whole of him with the event that brings it, and with none after it', () => {
    const lived = [user('2', day(1)), kyc('REFUSED', day(2)), document('801', 'PENDING', day(3)), user('2', day(4))]
    const all = recordedStream(USER, lived).map((event) => ({ event, orphan: false }))
    const entries = [...history(USER, all)].filter((entry) => entry !== null)
    const contradictions = entries.map(({ anomalies }) =>
      anomalies.filter(({ kind }) => kind === 'life-cycles-contradict'),
    )
    expect(contradictions.map((found) => found.length)).to.deep.equal([0, 1, 0, 0])
    expect(contradictions[1]?.[0]).to.include({ eventId: all[1]?.event.eventId })
  })

  describe('of an event that names no user', () => {
    const ofNobody = (documentIds: readonly string[], at: string) => ({
      ...document('', 'CANCELED', at),
      object_payload: { documents: documentIds.map((documentId) => ({ documentId, documentStatus: 'CANCELED' })) },
    })
    /** The orphan arrives second; what it came to be known with is told apart from what it was itself. */
    const told = (first: WebhookJson, orphan: WebhookJson, ...more: readonly WebhookJson[]) => {
      const [opening, ...others] = recordedStream(USER, [first, ...more]).map((event) => ({ event, orphan: false }))
      const [second] = recordedStream(null, [orphan]).map((event) => ({ event, orphan: true }))
      const all = [opening, second, ...others].filter((arrival) => arrival !== undefined)
      const entries = [...history(USER, all)].filter((entry) => entry !== null)
      return {
        late: entries.map(({ late }) => late),
        lateEvents: entries.map(({ anomalies }) =>
          anomalies
            .filter(({ kind }) => kind === 'late-event')
            .map(({ eventId }) => all.findIndex(({ event }) => event.eventId === eventId)),
        ),
        documents: entries.map(({ after }) => after.documents),
      }
    }

    it('marks one that came to be known as his after an event that it precedes', () => {
      const { late, lateEvents, documents } = told(
        user('1', day(5)),
        ofNobody(['801'], day(2)),
        document('801', 'PENDING', day(6)),
      )
      expect(late).to.deep.equal([false, false, false])
      expect(lateEvents).to.deep.equal([[], [], [1]])
      expect(documents).to.deep.equal([{}, {}, { 801: 'pending' }])
    })

    it('marks none that came to be known in the order of what happened', () => {
      for (const create of [day(3), day(8)]) {
        const ends = told(user('1', day(2)), ofNobody(['801'], day(5)), document('801', 'PENDING', create))
        expect(ends.lateEvents).to.deep.equal([[], [], []])
        expect(ends.late).to.deep.equal([false, false, false])
      }
    })

    it('marks one that was late when it arrived, at its own arrival', () => {
      const { late, lateEvents } = told(document('801', 'PENDING', day(5)), ofNobody(['801'], day(2)))
      expect(late).to.deep.equal([false, true])
      expect(lateEvents).to.deep.equal([[], [1]])
    })

    it('follows it document by document', () => {
      const { documents, lateEvents } = told(
        document('801', 'PENDING', day(1)),
        ofNobody(['801', '802'], day(3)),
        user('1', day(4)),
        document('802', 'PENDING', day(2)),
      )
      expect(documents).to.deep.equal([
        { 801: 'pending' },
        { 801: 'canceled' },
        { 801: 'canceled' },
        { 801: 'canceled', 802: 'canceled' },
      ])
      expect(lateEvents).to.deep.equal([[], [], [], [3, 1]])
      const last = told(
        document('801', 'PENDING', day(1)),
        ofNobody(['801', '802'], day(3)),
        document('802', 'PENDING', day(2)),
      )
      expect(last.lateEvents).to.deep.equal([[], [], [2]])
    })
  })

  it('takes back what an event in which nobody was found vouched for, once his stream comes to hold its payload', () => {
    const [refused, copy] = recordedStream(USER, [user('3', day(2)), sentAgain(user('2', day(3)), day(1))])
    const [unread] = recordedStream(null, [user('2', day(3))])
    const all = [refused, unread, copy].flatMap((event) => (event ? [{ event, orphan: event === unread }] : []))
    const entries = [...history(USER, all)].filter((entry) => entry !== null)
    expect(entries.map(({ after }) => after.status)).to.deep.equal(['refused', 'validated', 'refused'])
    expect(entries.at(-1)?.after).to.deep.equal(standing(foldOf(all)))
  })

  it('shows the name of a webhook only if it can be one', () => {
    const webhooks = [
      user('1', day(1)),
      { ...user('2', day(2)), webhook: '<b>name</b>' },
      { ...user('3', day(3)), webhook: 7 },
    ]
    const all = recordedStream(USER, webhooks).map((event) => ({ event, orphan: false }))
    expect([...history(USER, all)].map((entry) => entry?.name)).to.deep.equal(['user.kycreview', null, null])
  })

  it('tells what the service wrote itself: what was observed, asked to be released and released, and nobody by name', () => {
    const valid = user('2', day(2))
    const told = heard(valid, user('3', day(3)), sentAgain(valid, day(4)))
    const releases = named(told, 2)
    const stream = withOwn(
      told,
      observed({ kycReview: 2, kycLevel: '2' }, day(5), [{ documentId: '801', documentStatus: 'PENDING' }]),
      requested(releases, 'ann', day(6)),
      releasedOn(releases, 'own-3', day(7)),
      releasedByTwo(releases, [4, 'ann', 'bob'], day(8)),
    )
    const entries = [
      ...history(
        USER,
        stream.map((event) => ({ event, orphan: false })),
      ),
    ].slice(3)
    const shown = entries.map((entry) => [entry?.name, entry?.observation ?? entry?.release, entry?.after.status])
    expect(shown).to.deep.equal([
      [
        'kyc-ledger.observed',
        {
          source: 'treezor-api',
          known: true,
          status: 'validated',
          review: { code: 2, name: 'VALIDATED' },
          level: { code: 2, name: 'REGULAR' },
          userStatus: null,
          documents: [{ documentId: '801', type: null, state: 'pending', codeStatus: null }],
        },
        'refused',
      ],
      ['kyc-ledger.release-requested', { releases, on: null }, 'refused'],
      ['kyc-ledger.released', { releases, on: 'observation' }, 'validated'],
      ['kyc-ledger.released', { releases, on: 'two-persons' }, 'validated'],
    ])
    for (const entry of entries) {
      expect(entry).to.include({ receivedAt: null, weaklyDated: false, late: false })
      expect(entry?.occurredAt).to.equal(entry?.recordedAt)
      expect(JSON.stringify(entry)).to.not.match(/ann|bob|telephone/)
    }
    expect(entries.map((entry) => entry?.anomalies.map(({ kind }) => kind))).to.deep.equal([
      ['observed-otherwise'],
      [],
      ['unexpected-transition'],
      ['release-void'],
    ])
  })

  it('shows an event that cannot be read, and the status unknown from then on', () => {
    const stream = recordedStream(USER, [user('1', day(1)), user('2', day(2))])
    const broken = { eventId: 'broken', revision: 2, position: '2', type: 'user.kycreview', data: '{}', metadata: '' }
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
