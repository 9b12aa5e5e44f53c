import { expect } from 'chai'
import { ANOMALY_KINDS, type AnomalyKind } from '../../domain/state/anomaly.ts'
import { writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'
import { type OwnService, readyHere, serveHere } from '../support/service/service.ts'
import {
  at,
  but,
  document,
  identification,
  kycReview,
  liveness,
  newUser,
  refusal,
  request,
  validation,
  type WebhookFields,
} from '../support/webhooks/webhookBuilders.ts'

const PLANTED = 'Planted-Value'
const day = (n: number): number => at(`2025-01-${String(n).padStart(2, '0')}T09:00:00Z`)

/** A history of a user that shows exactly this kind of anomaly, and which of its webhooks it comes from. */
type Odd = (user: string) => { readonly webhooks: readonly WebhookFields[]; readonly from: number }

type Deliverable = Exclude<
  AnomalyKind,
  | 'unreadable-event'
  | 'event-altered'
  | 'observed-otherwise'
  | 'release-void'
  | 'history-incomplete'
  | 'history-removed'
  | 'history-damaged'
  | 'not-as-sealed'
>

const ODD: Readonly<Record<Deliverable, Odd>> = {
  'unexpected-transition': (user) => ({ webhooks: [refusal(user, { createdAt: day(1) })], from: 0 }),
  'no-request-seen': (user) => ({ webhooks: [validation(user, { createdAt: day(1) })], from: 0 }),
  'time-unreadable': (user) => ({ webhooks: [request(user, { createdAt: PLANTED })], from: 0 }),
  'weakly-dated': (user) => ({
    webhooks: [
      request(user, { createdAt: day(1) }),
      refusal(user, { createdAt: day(2) }),
      validation(user, { createdAt: null }),
    ],
    from: 2,
  }),
  outdated: (user) => {
    const reviewed = (n: number) => ({ lastReviewDatetime: `2025-01-0${n}T09:00:00Z` })
    return {
      webhooks: [
        kycReview('request', user, { createdAt: day(1) }),
        kycReview('result', user, { createdAt: day(2) }, reviewed(2)),
        kycReview('request', user, { createdAt: day(3) }, { ...reviewed(2), lastRequestDatetime: null }),
        kycReview('result', user, { createdAt: day(4) }, reviewed(1)),
      ],
      from: 3,
    }
  },
  'payload-contradicts': (user) => ({
    webhooks: [request(user, { createdAt: day(1) }), validation(user, { createdAt: day(2) }, { kycLevel: '4' })],
    from: 1,
  }),
  'identification-contradicts': (user) => ({
    webhooks: [
      request(user, { createdAt: day(1) }),
      validation(user, { createdAt: day(2) }),
      identification('qes.processing', user, { createdAt: day(3), objectId: null }, { result: 'STARTED' }),
      identification('qes.finalized.canceled', user, { createdAt: day(4), objectId: null }),
    ],
    from: 3,
  }),
  'after-closure': (user) => ({
    webhooks: [
      request(user, { createdAt: day(1) }),
      request(user, { createdAt: day(2), name: 'user.cancel' }, { userStatus: 'CANCELED' }),
      validation(user, { createdAt: day(3) }),
    ],
    from: 2,
  }),
  echo: (user) => {
    const asked = request(user, { createdAt: day(1) })
    const refused = refusal(user, { createdAt: day(2) })
    return { webhooks: [asked, refused, but(asked, { id: 'again', createdAt: day(3) })], from: 2 }
  },
  'unknown-value': (user) => ({
    webhooks: [request(user, { createdAt: day(1) }), request(user, { createdAt: day(2) }, { kycReview: PLANTED })],
    from: 1,
  }),
  'unknown-name': (user) => ({
    webhooks: [request(user, { createdAt: day(1), name: `user.${PLANTED}` })],
    from: 0,
  }),
  'envelope-disagrees': (user) => ({
    webhooks: [request(user, { createdAt: day(1) }), validation(user, { createdAt: day(2), objectId: PLANTED })],
    from: 1,
  }),
  'time-not-believed': (user) => ({
    webhooks: [request(user, { createdAt: at('2099-01-01T00:00:00Z') })],
    from: 0,
  }),
  'webhook-id-reused': (user) => ({
    webhooks: [request(user, { createdAt: day(1), id: PLANTED }), validation(user, { createdAt: day(2), id: PLANTED })],
    from: 1,
  }),
  'life-cycles-contradict': (user) => ({
    webhooks: [
      request(user, { createdAt: day(1) }),
      kycReview('request', user, { createdAt: day(1) }),
      kycReview('result', user, { createdAt: day(2) }),
      refusal(user, { createdAt: day(3) }),
    ],
    from: 3,
  }),
  'identification-superseded': (user) => ({
    webhooks: [1, 2].map((n) => {
      const started = `2025-01-0${n}T08:00:00Z`
      const payload = { 'started-at': started, 'updated-at': started }
      return liveness('create', user, { createdAt: day(n), objectId: `${PLANTED}-${n}` }, payload)
    }),
    from: 1,
  }),
  'user-unknown': (user) => ({
    webhooks: [
      document('create', user, { createdAt: day(1) }, { documentId: `1${user}` }),
      document('cancel', '0000000', { createdAt: day(2) }, { documentId: `1${user}` }),
    ],
    from: 1,
  }),
}
const DELIVERED = Object.keys(ODD) as readonly (keyof typeof ODD)[]
const TRIED: readonly AnomalyKind[] = [...DELIVERED, 'unreadable-event']

describe('anomalies', () => {
  let service: OwnService
  const directory = newDirectory()
  /** Two users of each kind, one of whom goes on to be reviewed until a date where nothing stands against it. */
  const shown = new Map<AnomalyKind, readonly string[]>(TRIED.map((kind) => [kind, [newUser(), newUser()]]))
  const honest = [newUser(), newUser()]
  const eventOf = new Map<string, string>()

  const listed = async (query: string): Promise<readonly string[]> => {
    const found: string[] = []
    for (let path: string | null = `/users?${query}`; path !== null; ) {
      const page: { readonly users: readonly { userId: string }[]; readonly next: string | null } =
        await service.json(path)
      found.push(...page.users.map(({ userId }) => userId))
      path = page.next
    }
    return found
  }
  /** A value nobody knows is not expected to follow on anything: what shows the one kind shows the other. */
  const kindsOf = (kind: AnomalyKind): readonly AnomalyKind[] =>
    kind === 'unknown-value' || kind === 'payload-contradicts' ? [kind, 'unexpected-transition'] : [kind]
  const having = (kind: AnomalyKind): readonly string[] =>
    sorted(ANOMALY_KINDS.filter((one) => kindsOf(one).includes(kind)).flatMap((one) => shown.get(one) ?? []))
  const sorted = (users: readonly string[] | undefined): readonly string[] => (users ?? []).toSorted()

  before(async () => {
    service = await serveHere(directory)
    for (const kind of DELIVERED) {
      for (const user of shown.get(kind) ?? []) {
        const { webhooks, from } = ODD[kind](user)
        for (const [index, webhook] of webhooks.entries()) {
          const { events } = await service.deliver(webhook)
          if (index === from) eventOf.set(user, events[0]?.eventId ?? '')
        }
      }
    }
    for (const user of honest) {
      await service.deliver(request(user, { createdAt: day(1) }))
      await service.deliver(validation(user, { createdAt: day(2) }))
    }
    const unreadable = shown.get('unreadable-event') ?? []
    for (const user of unreadable) await service.deliver(request(user, { createdAt: day(1) }))
    await service.stop()

    await writingLog(directory, async (store) => {
      for (const user of unreadable) {
        const event = {
          eventId: `of a later version ${user}`,
          type: 'user.kycreview',
          data: '{}',
          metadata: '{"format":3}',
        }
        right(await store.append(`kyc-${user}`, 0, [event])())
        eventOf.set(user, event.eventId)
      }
    })
    service = await readyHere(directory)
  })
  after(() => service.stop())

  for (const kind of TRIED) {
    it(`${kind} comes from one event, which it names, and repeats no value`, async () => {
      for (const user of shown.get(kind) ?? []) {
        const { anomalies } = await service.kyc(user)
        expect(anomalies.map((anomaly) => anomaly.kind)).to.deep.equal(kindsOf(kind))
        for (const { eventId, detail } of anomalies) {
          expect(eventId).to.equal(eventOf.get(user))
          expect(detail).to.be.a('string').with.length.greaterThan(10)
        }
        expect(JSON.stringify(anomalies)).to.not.include(PLANTED)
      }
    })

    it(`${kind} lists exactly the users who show it`, async () => {
      const users = having(kind)
      expect(await listed(`anomaly=${kind}`)).to.deep.equal(users)
      expect(await listed(`anomaly=${kind}&limit=1`)).to.deep.equal(users)
      for (const status of ['none', 'pending', 'validated', 'refused', 'closed', 'unknown']) {
        const inIt: string[] = []
        for (const user of users) if ((await service.kyc(user)).status === status) inIt.push(user)
        expect(await listed(`anomaly=${kind}&status=${status}&limit=1`)).to.deep.equal(inIt)
      }
    })
  }

  it('are shown by nobody else, and by no honest user', async () => {
    for (const user of honest) expect((await service.kyc(user)).anomalies).to.deep.equal([])
    const everybody = [...honest, ...[...shown.values()].flat()]
    expect(await listed('limit=3')).to.deep.equal(sorted(everybody))
  })

  it('are listed together with the date of the next review', async () => {
    const contradicted = sorted(shown.get('life-cycles-contradict'))
    const query = 'anomaly=life-cycles-contradict&status=unknown'
    expect(await listed(`${query}&reviewDueBefore=2020-02-26&limit=1`)).to.deep.equal(contradicted)
    expect(await listed(`${query}&reviewDueBefore=2020-02-25`)).to.deep.equal([])
    expect(await listed('anomaly=echo&reviewDueBefore=2030-01-01')).to.deep.equal([])
  })

  it('are listed no longer once they are gone', async () => {
    const [one = '', other = ''] = sorted(shown.get('life-cycles-contradict'))
    const dates = { lastRequestDatetime: '2025-01-04T09:00:00Z' }
    await service.deliver(kycReview('request', one, { createdAt: day(4) }, dates))
    expect((await service.kyc(one)).anomalies).to.deep.equal([])
    expect(await listed('anomaly=life-cycles-contradict')).to.deep.equal([other])

    const [early = ''] = shown.get('unexpected-transition') ?? []
    await service.deliver(request(early, { createdAt: day(1) - 36_000_000 }))
    expect((await service.kyc(early)).anomalies).to.deep.equal([])
    expect(await listed('anomaly=unexpected-transition')).to.not.include(early)
  })

  it('cannot be asked for by a kind that is none', async () => {
    for (const query of ['anomaly=late-event', 'anomaly=', 'anomaly=constructor', 'anomaly=echo&anomaly=echo']) {
      expect((await service.get(`/users?${query}`)).status, query).to.equal(400)
    }
  })
})
