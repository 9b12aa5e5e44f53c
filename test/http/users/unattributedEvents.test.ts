import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { writingLog } from '../../support/logs/logs.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { right } from '../../support/right.ts'
import { type EventJson, expectProblem } from '../../support/service/answers.ts'
import { type OwnService, readyHere, serveHere, sharedService } from '../../support/service/service.ts'
import {
  document,
  newUser,
  request,
  SECRET,
  signed,
  users,
  validation,
} from '../../support/webhooks/webhookBuilders.ts'

interface Page {
  readonly events: readonly EventJson[]
  readonly next: string | null
}

const NDJSON = { accept: 'application/x-ndjson' }

/** All pages, one after the other. */
const pagesOf = async (service: OwnService, path: string): Promise<readonly Page[]> => {
  const pages: Page[] = []
  for (let next: string | null = path; next !== null; next = pages.at(-1)?.next ?? null) {
    pages.push(await service.json<Page>(next))
  }
  return pages
}

const linesOf = async (service: OwnService, path: string): Promise<readonly EventJson[]> => {
  const response = await service.get(path, NDJSON)
  expect(response.headers.get('content-type')).to.match(/^application\/x-ndjson/)
  const text = await response.text()
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as EventJson]))
}

const places = (events: readonly EventJson[]): readonly string[] =>
  events.map(({ stream, revision }) => `${stream} ${revision}`)

describe('events that name no user', () => {
  describe('among those of the user whom they concern', () => {
    const service = sharedService()
    const user = newUser()
    const documentId = `document-of-${user}`
    const path = `/users/${user}/events`
    const orphan = (codeStatus: string) => document('update', '1XXXXXX', {}, { documentId, codeStatus })
    const appended: { stream: string; revision: number }[] = []

    before(async () => {
      for (const webhook of [
        orphan('1'),
        request(user),
        document('create', user, {}, { documentId }),
        document('create', '0', {}, { documentId: `other-${documentId}` }),
        orphan('2'),
        orphan('3'),
        validation(user),
        orphan('4'),
      ]) {
        const { events } = await service().deliver(webhook)
        appended.push(...events)
      }
      await service().kyc(user)
    })
    const concerning = () =>
      appended.filter((_, index) => index !== 3).map(({ stream, revision }) => `${stream} ${revision}`)

    it('are given with them, each under its stream, in the order of the log: as many as count', async () => {
      const { events, next } = await service().json<Page>(path)
      expect(next).to.equal(null)
      expect(places(events)).to.deep.equal(concerning())
      expect(events.filter(({ stream }) => stream === 'kyc-unattributed')).to.have.length(4)
      const positions = events.map(({ position }) => position)
      expect(positions.toSorted()).to.deep.equal(positions)
      expect((await service().kyc(user)).events).to.equal(events.length)
    })

    it('come in pages of any size that join without gap or repetition, and as NDJSON', async () => {
      const { events } = await service().json<Page>(path)
      for (const limit of [1, 2, 3, 4, 5, 6, 7]) {
        const pages = await pagesOf(service(), `${path}?limit=${limit}`)
        expect(pages.flatMap((page) => page.events)).to.deep.equal(events)
        expect(pages).to.have.length(Math.ceil(7 / limit))
      }
      expect(await linesOf(service(), path)).to.deep.equal(events)
      expect(await linesOf(service(), `${path}?limit=4`)).to.deep.equal(events.slice(0, 4))
    })

    it('are told in his history in the same order, in pages and as NDJSON', async () => {
      const history = `/users/${user}/kyc/history`
      const { events } = await service().json<Page>(history)
      expect(places(events)).to.deep.equal(concerning())
      for (const limit of [1, 3, 7]) {
        const pages = await pagesOf(service(), `${history}?limit=${limit}`)
        expect(pages.flatMap((page) => page.events)).to.deep.equal(events)
      }
      expect(await linesOf(service(), history)).to.deep.equal(events)
    })

    it('begin, as the others, at a revision of their own stream', async () => {
      const from = async (query: string) => places((await service().json<Page>(`${path}?${query}`)).events)
      const all = concerning()
      expect(await from('from=1000')).to.deep.equal(all.filter((place) => place.startsWith('kyc-unattributed')))
      expect(await from('fromUnattributed=1000')).to.deep.equal(all.filter((place) => place.startsWith(`kyc-${user}`)))
      expect(await from('from=2&fromUnattributed=3')).to.deep.equal(all.slice(4))
      expect(await from('from=1000&fromUnattributed=1000')).to.deep.equal([])
      await expectProblem(await service().get(`${path}?fromUnattributed=-1`), 400, 'bad-parameter')
    })

    it('are not given a second time where his own stream holds the same webhook', async () => {
      const owner = newUser()
      const { events } = await service().deliver(users([{ userId: owner }, { userId: 'nobody' }]))
      expect(events).to.have.length(2)
      expect(places(await service().events(owner))).to.deep.equal([`kyc-${owner} 0`])
    })

    it('are given raw, all of them, whether or not somebody hears them', async () => {
      const { events } = await service().json<Page>('/unattributed/events?limit=1000')
      expect(places(events)).to.deep.equal(events.map((_, revision) => `kyc-unattributed ${revision}`))
      const ofNobody = appended.filter(({ stream }) => stream === 'kyc-unattributed')
      expect(places(events)).to.include.members(ofNobody.map(({ stream, revision }) => `${stream} ${revision}`))
      expect(events[0]?.data).to.have.property('object_payload')
      for (const limit of [1, 2, events.length]) {
        const pages = await pagesOf(service(), `/unattributed/events?limit=${limit}`)
        expect(pages.flatMap((page) => page.events)).to.deep.equal(events)
      }
      expect(await linesOf(service(), '/unattributed/events')).to.deep.equal(events)
      expect(await linesOf(service(), '/unattributed/events?from=2')).to.deep.equal(events.slice(2))
      await expectProblem(await service().get('/unattributed/events?fromUnattributed=1'), 400, 'bad-parameter')
    })
  })

  it('are read raw with the scope of an audit alone', async () => {
    const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex')
    const keys = `shop:kyc:read:${sha256('shop')},auditor:audit:read:${sha256('auditor')}`
    const service = await serveHere(newDirectory(), { API_KEYS: keys, TREEZOR_WEBHOOK_SECRET: SECRET })
    await service.deliver(document('create', '0'))
    const ask = (key: string) => service.get('/unattributed/events', { authorization: `Bearer ${key}` })
    await expectProblem(await service.get('/unattributed/events'), 401)
    await expectProblem(await ask('shop'), 403, 'missing-scope')
    expect(((await (await ask('auditor')).json()) as Page).events).to.have.length(1)
    await service.stop()
  })

  it('are none where every event named one', async () => {
    const service = await serveHere()
    expect(await service.json('/unattributed/events')).to.deep.equal({ events: [], next: null })
    expect(await linesOf(service, '/unattributed/events')).to.deep.equal([])
    await service.stop()
  })
})

describe('a stored event that is no JSON', () => {
  const user = newUser()
  const TEXT = '{"webhook": broken\n}\u2028"'
  let service: OwnService
  before(async () => {
    const directory = newDirectory()
    const event = (n: number, texts: { data?: string; metadata?: string }) => ({
      eventId: `event ${n}`,
      type: 'user.kycreview',
      data: signed(validation(user)),
      metadata: '{"format":1}',
      ...texts,
    })
    await writingLog(directory, async (store) => {
      for (const stream of [`kyc-${user}`, 'kyc-unattributed']) {
        const events = [
          event(0, { data: TEXT }),
          event(1, { metadata: '' }),
          event(2, { data: '{}{}', metadata: TEXT }),
          event(3, {}),
        ]
        right(await store.append(stream, 'no-stream', events)())
      }
    })
    service = await readyHere(directory)
  })
  after(() => service.stop())

  it('is given as a string, and marked, in pages and as NDJSON', async () => {
    for (const path of [`/users/${user}/events`, '/unattributed/events']) {
      const { events } = await service.json<Page>(path)
      expect(await linesOf(service, path)).to.deep.equal(events)
      const told = events.map((event) => {
        const { notJson } = event as EventJson & { readonly notJson?: readonly string[] }
        return [event.eventId, notJson ?? 'json', event.metadata, event.data]
      })
      const [first, second, third, fourth] = told
      expect(first).to.deep.equal(['event 0', ['data'], { format: 1 }, TEXT])
      expect(second?.slice(0, 3)).to.deep.equal(['event 1', ['metadata'], ''])
      expect(third).to.deep.equal(['event 2', ['metadata', 'data'], TEXT, '{}{}'])
      expect(fourth?.slice(0, 3)).to.deep.equal(['event 3', 'json', { format: 1 }])
    }
  })

  it('verifies nobody, and is told in the history', async () => {
    expect(await service.kyc(user)).to.include({ status: 'unknown', verified: false, events: 4 })
    const { events } = await service.json<{ readonly events: readonly { readonly eventId: string }[] }>(
      `/users/${user}/kyc/history`,
    )
    expect(events.map(({ eventId }) => eventId)).to.deep.equal(['event 0', 'event 1', 'event 2', 'event 3'])
  })
})
