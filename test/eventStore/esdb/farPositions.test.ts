import { expect } from 'chai'
import { openEsdbEventStore } from '../../../src/eventStore/esdb/esdbEventStore.ts'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { startEventStoreDb } from '../../support/eventStoreDb/eventStoreDb.ts'
import { newEvent, newStream } from '../../support/events/newEvents.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { right } from '../../support/right.ts'
import { readyHere, serveHere } from '../../support/service/service.ts'
import { newUser, request, validation } from '../../support/webhooks/webhookBuilders.ts'

/** The first event stands before the edge, all others behind it; of the last edge they come as near to it as there is room for. */
const EDGES: Readonly<Record<string, bigint>> = {
  'where numbers of JavaScript lose single steps': 2n ** 53n - 60n,
  'above that, at an odd number': 2n ** 53n + 1n,
  'at the end of what a server can count': 2n ** 63n - 1_000_000n,
}

describe('a log of EventStoreDB whose positions are far', () => {
  for (const [where, firstPosition] of Object.entries(EDGES)) {
    it(`is appended to, read and followed from each position: ${where}`, async () => {
      const server = await startEventStoreDb({ firstPosition })
      const store = right(await openEsdbEventStore({ connectionString: server.connectionString })())
      try {
        const streams = [newStream(), newStream(), newStream()]
        const appended: string[] = []
        for (const [index, stream] of streams.entries()) {
          appended.push(right(await store.append(stream, 'no-stream', [newEvent(), newEvent()])()).position)
          expect(BigInt(`0x${appended[index]?.slice(0, 16)}`)).to.equal(server.events().at(-1)?.position)
        }
        const log = (await Array.fromAsync(store.readAll())).flat()
        expect(log.map(({ position }) => BigInt(`0x${position.slice(0, 16)}`))).to.deep.equal(
          server.events().map(({ position }) => position),
        )
        expect(log.filter((_, index) => index % 2 === 1).map(({ position }) => position)).to.deep.equal(appended)
        for (const [index, { position, eventId }] of log.entries()) {
          const rest = log.slice(index + 1).map((event) => event.eventId)
          const read = (await Array.fromAsync(store.readAll(position))).flat()
          expect(read.map((event) => event.eventId)).to.deep.equal(rest)
          expect(await store.idAt(position)).to.equal(eventId)
          const followed: RecordedEvent[] = []
          const ending = new AbortController()
          for await (const { events, caughtUp } of store.follow(position, ending.signal)) {
            followed.push(...events)
            if (caughtUp) ending.abort()
          }
          expect(followed.map((event) => event.eventId)).to.deep.equal(rest)
        }
        expect((await store.lastEvent())?.position).to.equal(appended.at(-1))
      } finally {
        await store.close()
        await server.stop()
      }
    })
  }

  it('is served by a service, which goes on where it stood', async () => {
    const server = await startEventStoreDb({ firstPosition: 2n ** 53n - 200n })
    const [directory, env] = [newDirectory(), { EVENT_STORE: server.connectionString, SEAL_EVERY: '1' }]
    const user = newUser()
    let service = await serveHere(directory, env)
    try {
      await service.ready()
      const positions = [request(user), validation(user)].map((webhook) => service.deliver(webhook))
      for (const taken of positions) expect((await taken).outcome).to.equal('appended')
      expect(await service.kyc(user)).to.include({ status: 'validated', revision: 1 })
      await service.stop()
      service = await readyHere(directory, env)
      const again = await service.deliver(request(user, {}, { comment: 'once more' }))
      expect(await service.kyc(user)).to.include({ revision: 2 })
      expect((await service.events(user)).at(-1)?.position).to.equal(again.events[0]?.position)
    } finally {
      await service.stop()
      await server.stop()
    }
  })
})
