import { rmSync } from 'node:fs'
import { expect } from 'chai'
import { currentReadModel } from '../../src/readModel/file.ts'
import { writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'
import { expectProblem } from '../support/service/answers.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere } from '../support/service/service.ts'
import {
  at,
  but,
  document,
  fixture,
  identification,
  kycReview,
  liveness,
  newUser,
  request,
  users,
  type WebhookFields,
} from '../support/webhooks/webhookBuilders.ts'

const PLANTED = 'Planted-Value'
const AT = at('2025-01-02T09:00:00Z')

interface Nobodys {
  readonly eventId: string
  readonly revision: number
  readonly name: string | null
  readonly occurredAt: string | null
  readonly recordedAt: string | null
  readonly kind: string
  readonly detail: string
}
interface Page {
  readonly users: readonly { readonly userId: string }[]
  readonly events?: readonly Nobodys[]
  readonly next: string | null
}

/** A webhook about a document whose user is not named. */
const orphan = (which: 'create' | 'cancel', documentId: string, createdAt = AT): WebhookFields =>
  document(which, '0000000', { createdAt }, { documentId, documentTag: PLANTED })

const orphanOf = (...documentIds: readonly string[]): WebhookFields => {
  const documents = documentIds.map((documentId) => JSON.parse(orphan('create', documentId).payloadText).documents[0])
  return but(orphan('create', ''), { payloadText: JSON.stringify({ documents }) })
}

let made = 0
const newDocument = (): string => `document-${++made}`

/** Webhooks that name no user who can be one, by what is told of them. */
const OF_NOBODY: readonly (readonly [string, () => WebhookFields, kind: string, detail: RegExp])[] = [
  ['a document', () => orphan('cancel', 'document-0'), 'user-unknown', /names no user.*: document-0$/],
  ['a document without an id', () => orphan('cancel', ''), 'user-unknown', /: object_payload\.documents\[0\]$/],
  ['a user', () => request('0', {}, { lastname: PLANTED }), 'user-unknown', /: object_payload\.users\[0\]$/],
  [
    'one user of two',
    () => users([{ userId: newUser() }, { userId: '1XXXXXX', lastname: PLANTED }]),
    'user-unknown',
    // The first of what is kept of it: the other element is the user's.
    /: object_payload\.users\[0\]$/,
  ],
  [
    'a review',
    () => kycReview('result', '0', {}, { userId: null, comment: PLANTED }),
    'user-unknown',
    /: object_payload\.userId$/,
  ],
  ['a liveness', () => liveness('create', '0', {}, { user_id: '' }), 'user-unknown', /: object_payload\.user_id$/],
  ['an identification', () => identification('qes.created', '0'), 'user-unknown', /: object_payload\.userId$/],
  [
    'nobody knows what',
    () => but(fixture('kycreview.result'), { payloadText: `{"person":"${PLANTED}"}` }),
    'unreadable-event',
    /of a shape that this version does not know$/,
  ],
  [
    'a shape that decides, under a name of another kind',
    () => but(fixture('kycreview.result'), { name: 'payin.create', payloadText: '{"userId":"1XXXXXX","score":1}' }),
    'unreadable-event',
    /of a shape that this version does not know$/,
  ],
]

describe('an event that belongs to nobody', () => {
  let service: OwnService
  before(async () => {
    service = await readyHere()
  })
  after(() => service.stop())

  const page = async (path: string): Promise<Page> => {
    await service.kyc(known)
    return service.json(path)
  }
  const pages = async (query: string): Promise<readonly Page[]> => {
    const found: Page[] = []
    for (let path: string | null = `/users?${query}`; path !== null; path = found.at(-1)?.next ?? null) {
      found.push(await page(path))
    }
    return found
  }
  const listed = async (kind = 'user-unknown'): Promise<readonly Nobodys[]> =>
    (await page(`/users?anomaly=${kind}`)).events ?? []
  const oddUsers = async (): Promise<readonly string[]> =>
    (await page('/users?anomaly=user-unknown')).users.map(({ userId }) => userId)
  const deliver = async (webhook: WebhookFields): Promise<string> => {
    const { events } = await service.deliver(webhook)
    return events.find(({ stream }) => stream === 'kyc-unattributed')?.eventId ?? ''
  }
  const isListed = async (eventId: string): Promise<boolean> =>
    (await listed()).some((event) => event.eventId === eventId)
  /** Somebody whose status can be asked for, to wait for the read model. */
  const known = newUser()
  before(() => service.deliver(request(known)))

  for (const [what, webhook, kind, detail] of OF_NOBODY) {
    it(`is listed, with why and no more than ids: ${what}`, async () => {
      const before = Date.now()
      const sent = but(webhook(), { createdAt: AT, objectId: PLANTED, id: PLANTED })
      const eventId = await deliver(sent)
      const all = [...(await listed('user-unknown')), ...(await listed('unreadable-event'))]
      const [event, ...others] = all.filter((one) => one.eventId === eventId)
      expect(others).to.deep.equal([])
      expect((await listed(kind)).map((one) => one.eventId)).to.include(eventId)
      expect(event).to.include({ name: sent.name, kind, occurredAt: '2025-01-02T09:00:00.000Z' })
      expect(event?.detail).to.match(detail)
      expect(Date.parse(event?.recordedAt ?? '')).to.be.within(before, Date.now())
      expect(JSON.stringify(event)).to.not.include(PLANTED)
    })
  }

  it('is listed in the order of recording, once for each fact', async () => {
    const documentId = newDocument()
    const [first, second] = [orphan('create', documentId), orphan('cancel', documentId)]
    const ids = [await deliver(first), await deliver(second), await deliver(first)]
    expect(ids[2]).to.equal(ids[0])
    const revisions = (await listed()).filter(({ eventId }) => ids.includes(eventId))
    expect(revisions.map(({ eventId }) => eventId)).to.deep.equal(ids.slice(0, 2))
    const all = (await listed()).map(({ revision }) => revision)
    expect(all).to.deep.equal(all.toSorted((a, b) => a - b))
  })

  it('is shown by the name of its webhook only if that can be one', async () => {
    const eventId = await deliver(but(orphan('create', newDocument()), { name: `<${PLANTED}>` }))
    expect((await listed()).find((event) => event.eventId === eventId)?.name).to.equal(null)
  })

  it('is explained by no more than ten of its documents', async () => {
    const documents = Array.from({ length: 11 }, newDocument)
    const eventId = await deliver(orphanOf(...documents))
    const { detail } = (await listed()).find((event) => event.eventId === eventId) ?? {}
    expect(detail?.endsWith(`: ${documents.slice(0, 10).join(', ')}, …`), detail).to.equal(true)
  })

  it('is listed no longer once its document has an owner, who then shows the anomaly', async () => {
    const [owner, documentId] = [newUser(), newDocument()]
    const cancels = [await deliver(orphan('create', documentId)), await deliver(orphan('cancel', documentId, AT + 10))]
    for (const eventId of cancels) expect(await isListed(eventId)).to.equal(true)
    expect(await oddUsers()).to.not.include(owner)

    await service.deliver(document('create', owner, { createdAt: AT - 10 }, { documentId }))
    for (const eventId of cancels) expect(await isListed(eventId)).to.equal(false)
    expect(await oddUsers()).to.include(owner)
    expect((await service.kyc(owner)).anomalies.map(({ eventId }) => eventId)).to.include.members(cancels)
    expect(await deliver(orphan('create', documentId, AT + 20))).to.not.equal('')
    expect((await listed()).filter(({ detail }) => detail.includes(documentId))).to.deep.equal([])
  })

  it('is never listed where the owner is known already', async () => {
    const [owner, documentId] = [newUser(), newDocument()]
    await service.deliver(document('create', owner, {}, { documentId }))
    expect(await isListed(await deliver(orphan('cancel', documentId)))).to.equal(false)
    expect(await oddUsers()).to.include(owner)
  })

  it('is listed as long as one of its documents has no owner', async () => {
    const [one, other] = [newDocument(), newDocument()]
    const [anna, bert] = [newUser(), newUser()]
    const eventId = await deliver(orphanOf(one, other))
    await service.deliver(document('create', anna, {}, { documentId: one }))
    expect(await isListed(eventId)).to.equal(true)
    expect(await oddUsers())
      .to.include(anna)
      .and.to.not.include(bert)
    await service.deliver(document('create', bert, {}, { documentId: other }))
    expect(await isListed(eventId)).to.equal(false)
    expect(await oddUsers()).to.include.members([anna, bert])
  })

  it('is listed although a document of it has an owner, if it speaks of something else as well', async () => {
    const [owner, documentId] = [newUser(), newDocument()]
    await service.deliver(document('create', owner, {}, { documentId }))
    const eventId = await deliver(orphanOf(documentId, ''))
    expect(await isListed(eventId)).to.equal(true)
    expect(await oddUsers()).to.include(owner)
  })

  it('follows on the users, page by page, whatever their size', async () => {
    const [whole] = await pages('anomaly=user-unknown&limit=1000')
    expect(whole?.users.length).to.be.greaterThan(3)
    expect(whole?.events?.length).to.be.greaterThan(8)
    const items = (whole?.users.length ?? 0) + (whole?.events?.length ?? 0)
    for (const limit of [1, 2, 3, whole?.users.length ?? 0, items - 1, items]) {
      const found = await pages(`anomaly=user-unknown&limit=${limit}`)
      expect(found.flatMap((one) => one.users)).to.deep.equal(whole?.users)
      expect(found.flatMap((one) => one.events)).to.deep.equal(whole?.events)
      const sizes = found.map((one) => one.users.length + (one.events?.length ?? 0))
      expect(
        sizes.slice(0, -1).every((size) => size === limit),
        sizes.join(),
      ).to.equal(true)
      expect(sizes).to.have.length(Math.ceil(items / limit))
    }
  })

  it('belongs to no other question', async () => {
    for (const query of ['', 'anomaly=echo', 'anomaly=unreadable-event&status=none', 'status=none']) {
      expect(await page(`/users?${query}`), query).to.not.have.property('events')
    }
    for (const query of [
      'afterEvent=1',
      'anomaly=echo&afterEvent=1',
      'anomaly=user-unknown&status=none&afterEvent=1',
      'anomaly=user-unknown&reviewDueBefore=2030-01-01&afterEvent=1',
      'anomaly=user-unknown&afterEvent=-1',
      'anomaly=user-unknown&afterEvent=x',
    ]) {
      await expectProblem(await service.get(`/users?${query}`), 400)
    }
  })

  it('is listed alike by a rebuilt read model, whichever way it was rebuilt', async () => {
    const all = async () => [
      await pages('anomaly=user-unknown&limit=1000'),
      await pages('anomaly=unreadable-event&limit=1000'),
    ]
    const before = await all()
    await service.stop()
    const replayed = await kycHere(service.directory, ['replay'])
    expect(replayed.stdout).to.include('the rebuilt read model is the same, row by row')
    service = await readyHere(service.directory)
    expect(await all()).to.deep.equal(before)

    await service.stop()
    for (const suffix of ['', '-wal', '-shm']) rmSync(currentReadModel(service.directory) + suffix, { force: true })
    service = await readyHere(service.directory)
    expect(await all()).to.deep.equal(before)
  })

  it('is listed as well if this version cannot read it', async () => {
    const directory = newDirectory()
    const event = { eventId: 'of a later version', type: 'document.cancel', data: '{}', metadata: '{"format":2}' }
    await writingLog(directory, async (store) => right(await store.append('kyc-unattributed', 'no-stream', [event])()))
    const other = await readyHere(directory)
    const { events } = (await (await other.get('/users?anomaly=unreadable-event')).json()) as Page
    expect(events).to.deep.equal([
      {
        eventId: 'of a later version',
        revision: 0,
        name: null,
        occurredAt: null,
        recordedAt: null,
        kind: 'unreadable-event',
        detail: 'this version cannot read it',
      },
    ])
    await other.stop()
  })
})
