import { join } from 'node:path'
import { EventStoreDBClient } from '@eventstore/db-client'
import { expect } from 'chai'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { startEventStoreDb } from '../../support/eventStoreDb/eventStoreDb.ts'
import { alterEvent } from '../../support/logs/alteredLog.ts'
import { eventsOf, readingLog } from '../../support/logs/logs.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { untilTrue } from '../../support/patience.ts'
import { type EventJson, expectProblem, okText } from '../../support/service/answers.ts'
import { type Feed, openFeed } from '../../support/service/feed.ts'
import { type OwnService, readyHere, serveHere, sharedService, startService } from '../../support/service/service.ts'
import { document, newUser, request, validation } from '../../support/webhooks/webhookBuilders.ts'

/** Events are counted, and nothing is to come between them by the clock. */
const UNSEALED = { SEAL_EVERY: '0' }

const linesOf = async (service: OwnService, path: string): Promise<readonly EventJson[]> => {
  const text = await okText(await service.get(path))
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as EventJson)
}

/** The ids that a feed tells of, until it has told of so many events. */
const take = async (feed: Feed, count: number): Promise<string[]> => {
  const ids: string[] = []
  while (ids.length < count) {
    const message = await feed.next()
    if (message === null) throw new Error(`the feed ended after ${ids.length} of ${count}`)
    expect(message.event).to.equal('message')
    expect((JSON.parse(message.data) as EventJson).position).to.equal(message.id)
    ids.push(message.id ?? '')
  }
  return ids
}

const positionsIn = (events: readonly { readonly position: string }[]): readonly string[] =>
  events.map(({ position }) => position)

const stores: readonly (readonly [
  name: string,
  open: () => Promise<{ readonly url: string | null; readonly close: () => Promise<void> }>,
])[] = [
  ['the embedded store', async () => ({ url: null, close: async () => undefined })],
  [
    'EventStoreDB',
    async () => {
      const server = await startEventStoreDb()
      return { url: server.connectionString, close: server.stop }
    },
  ],
]

for (const [name, open] of stores)
  describe(`the whole log, of ${name}`, () => {
    let service: OwnService
    let close: () => Promise<void>
    const user = newUser()
    before(async () => {
      const store = await open()
      close = store.close
      service = await serveHere(newDirectory(), {
        ...UNSEALED,
        ...(store.url === null ? {} : { EVENT_STORE: store.url }),
      })
      await service.ready()
      await service.deliver(request(user))
      await service.deliver(document('update', '0', {}, { documentId: `nobodys ${user}` }))
      await service.deliver(validation(user))
    })
    after(async () => {
      await service.stop()
      await close()
    })

    it('is told in its order, each event as it was recorded, with that somebody reads it', async () => {
      const response = await service.get('/events')
      expect(response.headers.get('content-type')).to.match(/^application\/x-ndjson/)
      const text = await okText(response)
      const events = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as EventJson)
      expect(events.map(({ stream, revision }) => `${stream} @ ${revision}`)).to.deep.equal([
        'kyc-log @ 0',
        'kyc-log @ 1',
        `kyc-${user} @ 0`,
        'kyc-unattributed @ 0',
        `kyc-${user} @ 1`,
        'kyc-access @ 0',
      ])
      expect(positionsIn(events)).to.deep.equal(positionsIn(events).toSorted())
      expect(events.filter(({ stream }) => stream === `kyc-${user}`)).to.deep.equal(await service.events(user))
      expect(events.at(-1)?.data).to.deep.equal({ key: null, read: 'log', userId: null })
    })

    it('goes on behind a position that it gave, and ends where the log does', async () => {
      const before = await linesOf(service, '/events')
      const [, second] = before
      const after = await linesOf(service, `/events?after=${second?.position}`)
      expect(after.slice(0, before.length - 2)).to.deep.equal(before.slice(2))
      const last = after.at(-1)
      expect(await linesOf(service, `/events?after=${last?.position}`)).to.have.length(1)
    })

    it('has no place behind what is no position of it', async () => {
      const [first] = await linesOf(service, '/events')
      const later = first?.position.replace(/^0/, '7') ?? ''
      for (const accept of ['application/x-ndjson', 'text/event-stream']) {
        const ask = (query: string, headers = {}) => service.get(`/events${query}`, { accept, ...headers })
        await expectProblem(await ask('?after=x%20y'), 400, 'bad-parameter')
        await expectProblem(await ask('?from=0'), 400, 'bad-parameter')
        await expectProblem(await ask('?after=1'), 400, 'foreign-position')
        await expectProblem(await ask(`?after=${'z'.repeat(first?.position.length ?? 0)}`), 400, 'foreign-position')
        await expectProblem(await ask(`?after=${later}`), 400, 'foreign-position')
      }
      const again = { accept: 'text/event-stream', 'last-event-id': 'no position' }
      await expectProblem(await service.get('/events', again), 400, 'foreign-position')
    })

    it('gives its headers alone to who asks for them, which is no reading', async () => {
      const before = (await linesOf(service, '/events')).length
      for (const accept of ['application/x-ndjson', 'text/event-stream']) {
        const head = await fetch(`${service.url}/events`, { method: 'HEAD', headers: { accept } })
        expect(head.status).to.equal(200)
        expect(head.headers.get('content-type')).to.include(accept)
        expect(head.headers.get('cache-control')).to.equal('no-store')
      }
      expect(await linesOf(service, '/events')).to.have.length(before + 1)
    })

    it('is followed live, and gone on with behind the last event that was seen, without gap or repetition', async () => {
      const begun = await linesOf(service, '/events')
      const seen: string[] = []
      let delivering = true
      const deliveries = (async () => {
        while (delivering) await service.deliver(request(newUser()))
      })()
      // Each round a client comes, sees some events and goes; the reading itself is the next event of the log.
      for (const count of [begun.length + 20, 1, 7, 40]) {
        const feed = await openFeed(`${service.url}/events`, { 'last-event-id': seen.at(-1) ?? '' })
        seen.push(...(await take(feed, count)))
        feed.leave()
      }
      delivering = false
      await deliveries
      const all = positionsIn(await linesOf(service, '/events'))
      expect(seen).to.deep.equal(all.slice(0, seen.length))
    })

    it('begins live behind a position, and Last-Event-ID goes before that', async () => {
      const events = await linesOf(service, '/events')
      const [first, second, third, fourth] = positionsIn(events)
      const feed = await openFeed(`${service.url}/events?after=${first}`)
      expect(await take(feed, 2)).to.deep.equal([second, third])
      feed.leave()
      const again = await openFeed(`${service.url}/events?after=${first}`, { 'last-event-id': third ?? '' })
      expect(await take(again, 1)).to.deep.equal([fourth])
      again.leave()
    })
  })

describe('a live reading of the whole log', () => {
  it('is one event of the log, however much it is told', async () => {
    const service = await readyHere(newDirectory(), UNSEALED)
    const feed = await openFeed(`${service.url}/events`)
    await take(feed, 3)
    for (let n = 0; n < 5; n++) await service.deliver(request(newUser()))
    await take(feed, 5)
    const accesses = (await linesOf(service, '/events')).filter(({ stream }) => stream === 'kyc-access')
    expect(accesses).to.have.length(2)
    await service.stop()
  })

  it('ends when the service stops, and holds it up for nothing', async () => {
    const service = await startService(newDirectory(), UNSEALED)
    await service.ready()
    const feed = await openFeed(`${service.url}/events`)
    await take(feed, 3)
    const stopped = service.stop()
    expect(await feed.next()).to.equal(null)
    expect(await stopped).to.deep.equal({ code: 0, signal: null })
    expect(service.stdout()).to.include('"msg":"stopped"').and.to.not.include('a request failed')
  })

  it('ends when the log can no longer be followed; nothing is given until that can be recorded, then it goes on', async () => {
    const server = await startEventStoreDb()
    const service = await readyHere(newDirectory(), { ...UNSEALED, EVENT_STORE: server.connectionString })
    await service.deliver(request(newUser()))
    const feed = await openFeed(`${service.url}/events`)
    const seen = await take(feed, 4)
    await server.stop()
    expect(await feed.next()).to.equal(null)
    const again = { accept: 'text/event-stream', 'last-event-id': seen.at(-1) ?? '' }
    for (const headers of [again, { accept: 'application/x-ndjson' }]) {
      const refused = await service.get('/events', headers)
      expect(refused.headers.get('retry-after')).to.match(/^\d+$/)
      await expectProblem(refused, 503, '(access-not-recorded|event-store-unreachable)')
    }
    await server.restart()
    await service.ready()
    const { events } = await service.deliver(request(newUser()))
    const more = await openFeed(`${service.url}/events`, again)
    const told = await take(more, 1)
    expect(told).to.deep.equal(events.map(({ position }) => position))
    more.leave()
    await service.stop()
    await server.stop()
  })
})

describe('a stream that may show less than it held', () => {
  it('is named where it came to be so, as lines and live', async () => {
    const server = await startEventStoreDb()
    const service = await readyHere(newDirectory(), { ...UNSEALED, EVENT_STORE: server.connectionString })
    const user = newUser()
    await service.deliver(request(user))
    await service.deliver(validation(user))
    const feed = await openFeed(`${service.url}/events`)
    await take(feed, 5)
    const client = EventStoreDBClient.connectionString(server.connectionString)
    await client.setStreamMetadata(`kyc-${user}`, { maxCount: 1 })
    const incomplete = { incomplete: [`kyc-${user}`] }
    const message = await feed.next()
    expect(message).to.deep.equal({ id: null, event: 'incomplete', data: JSON.stringify(incomplete) })
    feed.leave()
    expect(await linesOf(service, '/events')).to.deep.include(incomplete)
    await client.dispose()
    await service.stop()
    await server.stop()
  })
})

describe('an altered event of the whole log', () => {
  const service = sharedService(UNSEALED)

  it('says so, as lines and live, and is told of in the log of the service', async () => {
    const [user, other] = [newUser(), newUser()]
    await service().deliver(request(user))
    await service().deliver(request(other))
    await service().kyc(other)
    const file = join(service().directory, 'events.db')
    alterEvent(file, `kyc-${user}`, 0, { data: '{"object_payload":{"forged":true}}' })
    const stands = await readingLog(service().directory, eventsOf)
    const isAltered = ({ stream }: Pick<RecordedEvent, 'stream'>): boolean => stream === `kyc-${user}`
    const lines = (await linesOf(service(), '/events')) as readonly (EventJson & { readonly altered?: true })[]
    expect(lines.filter(({ altered }) => altered).map(({ eventId }) => eventId)).to.deep.equal(
      stands.filter(isAltered).map(({ eventId }) => eventId),
    )
    const feed = await openFeed(`${service().url}/events`)
    const told: unknown[] = []
    for (let n = 0; n < stands.length; n++) told.push(JSON.parse((await feed.next())?.data ?? ''))
    feed.leave()
    expect(told).to.deep.equal(lines.slice(0, told.length))
    await untilTrue('it is told of', () => service().stdout().includes(`"stream":"kyc-${user}","kind":"event-altered"`))
  })
})
