import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import type { EventStore, Spared } from '../../../src/eventStore/eventStore.ts'
import { isStoreDamaged } from '../../../src/eventStore/readFailure.ts'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { reportDamage } from '../../../src/eventStore/sqlite/damageReport.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { newEvent, newEvents } from '../../support/events/newEvents.ts'
import { gather } from '../../support/gather.ts'
import { damagePage, pagesOf, streamsLost, TREES } from '../../support/logs/damagedLog.ts'
import { eventsOf } from '../../support/logs/logs.ts'
import { eventually } from '../../support/patience.ts'
import { left, right } from '../../support/right.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporaryDirectory.ts'

const STREAMS = Array.from({ length: 300 }, (_, index) => `kyc-${1000 + index}`)
const EVENTS_EACH = 6

describe('a log with a damaged page', () => {
  let directory: TemporaryDirectory
  let whole: string
  let all: readonly RecordedEvent[]
  before(async () => {
    directory = await temporaryDirectory()
    whole = join(directory.path, 'whole.db')
    const store = right(await openSqliteEventStore({ file: whole })())
    for (let revision = 0; revision < EVENTS_EACH; revision++) {
      const expected = revision === 0 ? 'no-stream' : revision - 1
      await Promise.all(
        STREAMS.map(async (stream) =>
          right(await store.append(stream, expected, [newEvent({ data: JSON.stringify('x'.repeat(1500)) })])()),
        ),
      )
    }
    all = await eventsOf(store)
    await store.close()
  })
  after(() => directory.remove())

  let made = 0
  /** A store on a copy of the log whose pages of these numbers are damaged. */
  const damaged = async (...pages: readonly number[]) => {
    made += 1
    const file = join(directory.path, `damaged-${made}.db`)
    copyFileSync(whole, file)
    for (const page of pages) damagePage(file, page)
    const store = right(await openSqliteEventStore({ file })())
    return { file, store, lost: streamsLost(whole, file) }
  }
  const ofStream = (stream: string) => all.filter((event) => event.stream === stream)
  const expectReadable = async (store: EventStore, stream: string): Promise<void> => {
    const events = ofStream(stream)
    expect(await gather(store.readStream(stream))).to.deep.equal(events)
    const backwards = { direction: 'backwards', limit: 2 } as const
    expect(await gather(store.readStream(stream, backwards))).to.deep.equal(events.slice(-2).reverse())
    expect(await gather(store.readStream(stream, { from: 2, limit: 3 }))).to.deep.equal(events.slice(2, 5))
  }
  const expectUnreadable = async (store: EventStore, stream: string): Promise<void> => {
    const error = await gather(store.readStream(stream)).catch((thrown: unknown) => thrown)
    expect(isStoreDamaged(error), String(error)).to.equal(true)
  }
  /** The whole log as it can be read, with the streams that it says are not whole. */
  const logOf = async (store: EventStore) => {
    const told = new Set<string>()
    const note = (streams: readonly string[]): void => {
      for (const stream of streams) told.add(stream)
    }
    const events = (await gather(store.readAll(null, note))).flat()
    return { events, told: [...told].sort() }
  }
  /** What it says once it has looked through all of it; then nothing is appended any more. */
  const expectStopped = async (store: EventStore, ...texts: readonly string[]): Promise<void> => {
    expect(store.health()).to.equal('down')
    const append = left(await store.append('kyc-1', 'no-stream', newEvents(1))())
    expect(append._tag).to.equal('StoreUnavailable')
    const reason = await eventually('it is looked through', () => {
      const told = store.fault?.() ?? ''
      return told.includes('looked through') ? null : told
    })
    for (const text of texts) expect(reason).to.include(text)
  }

  for (const [which, at] of [
    ['in the middle', 40],
    ['the last', -1],
    ['the first', 0],
  ] as const) {
    it(`of events (${which}) loses the streams that lie there, and no other`, async () => {
      const page = pagesOf(whole, TREES.events, 'leaf').at(at) ?? 0
      const { file, store, lost } = await damaged(page)
      expect(lost).to.have.length.within(1, 10)
      for (const stream of STREAMS.slice(0, 20)) if (!lost.includes(stream)) await expectReadable(store, stream)
      for (const stream of lost) await expectUnreadable(store, stream)
      const { events, told } = await logOf(store)
      expect(told).to.deep.equal(lost)
      expect(events.length)
        .to.be.lessThan(all.length)
        .and.greaterThan(all.length - 10)
      expect(events.every((event) => all[Number(event.position) - 1]?.eventId === event.eventId)).to.equal(true)
      await expectStopped(store, `${file} is damaged: page ${page} (events); cannot be read whole: ${lost[0]}`)
      await store.close()
    })
  }

  it('is closed at any moment while it is looked through', async () => {
    const page = pagesOf(whole, TREES.events, 'leaf').at(40) ?? 0
    const { store: first } = await damaged(page)
    const began = performance.now()
    await logOf(first)
    await eventually('it is looked through', () =>
      first.fault?.()?.includes('looked through') === false ? true : null,
    )
    const took = performance.now() - began
    await first.close()
    for (let part = 0; part < 12; part++) {
      const { store } = await damaged(page)
      await logOf(store)
      await sleep((took * part) / 10)
      await store.close()
    }
  })

  it('is looked through no further once it is closed, by a thread that ends by itself before that', async () => {
    const file = join(directory.path, 'closed.db')
    copyFileSync(whole, file)
    const ends: number[] = []
    process.once('worker', (thread) => thread.once('exit', (code) => ends.push(code)))
    const report = reportDamage(file)
    report.watch.met()
    await report.close()
    expect(ends).to.deep.equal([0])
    expect(report.reason()).to.equal(`${file} is damaged; it is looked through`)
    await report.close()
  })

  it('is closed once the thread that looks through it has begun, which ends by itself', async () => {
    const file = join(directory.path, 'begun.db')
    copyFileSync(whole, file)
    const begun = once(process, 'worker')
    const report = reportDamage(file)
    report.watch.met()
    const [thread] = (await begun) as [Worker]
    const ended = once(thread, 'exit')
    await once(thread, 'online')
    await report.close()
    expect(await ended).to.deep.equal([0])
  })

  const followed = async (store: EventStore, spared?: Spared) => {
    const stopping = new AbortController()
    const told = new Set<string>()
    const ids: string[] = []
    let surveyed = false
    let last = ''
    for await (const batch of store.follow(null, stopping.signal, null, spared)) {
      for (const { eventId } of batch.events) ids.push(eventId)
      for (const stream of batch.altered ?? []) told.add(stream)
      last = batch.position ?? last
      if (last === all.at(-1)?.position && batch.altered !== undefined) surveyed = true
      if (surveyed) stopping.abort()
    }
    return { told: [...told].sort(), ids }
  }

  it('is followed past what is lost, and says whose it was, also what was read before', async () => {
    const page = pagesOf(whole, TREES.events, 'leaf').at(40) ?? 0
    const { store, lost } = await damaged(page)
    const { told, ids } = await followed(store)
    expect(told).to.deep.equal(lost)
    expect(ids.length).to.be.greaterThan(all.length / 2)
    await store.close()
    const another = await damaged(page)
    expect(await followed(another.store, () => () => true), 'without texts').to.deep.equal({ told, ids })
    await another.store.close()
  })

  for (const [name, tree] of [
    ['by revision', TREES.byRevision],
    ['by event id', TREES.byEventId],
  ] as const) {
    for (const type of ['leaf', 'internal'] as const) {
      it(`of the index ${name} (${type}) loses nothing: it is read another way, and no more is appended`, async () => {
        const page = pagesOf(whole, tree, type)[0] ?? 0
        const { store, lost } = await damaged(page)
        expect(lost).to.deep.equal([])
        for (const stream of STREAMS) await expectReadable(store, stream)
        expect(await logOf(store)).to.deep.equal({ events: all, told: [] })
        if (tree === TREES.byRevision) {
          await expectStopped(store, `page ${page} (index ${name}); every event can be read`)
        } else {
          // Reads do not come by it; the first append that does stops all.
          const appends = await Promise.all(
            STREAMS.map((stream) => store.append(stream, EVENTS_EACH - 1, newEvents(1))()),
          )
          expect(appends.some(E.isLeft)).to.equal(true)
          await eventually('appends stop', () => (store.health() === 'down' ? true : null))
          await expectStopped(store, `page ${page} (index ${name}); every event can be read`)
        }
        await store.close()
      })
    }
  }

  it('of both indexes loses nothing as long as the events are whole', async () => {
    const roots = [TREES.byRevision, TREES.byEventId].map((tree) => pagesOf(whole, tree, 'internal')[0] ?? 0)
    const { store } = await damaged(...roots)
    for (const stream of STREAMS.slice(0, 10)) await expectReadable(store, stream)
    expect(await logOf(store)).to.deep.equal({ events: all, told: [] })
    await store.close()
  })

  it('of events and of both indexes is not read on: whose events are lost cannot be told', async () => {
    const roots = [TREES.byRevision, TREES.byEventId].map((tree) => pagesOf(whole, tree, 'internal')[0] ?? 0)
    const { store } = await damaged(pagesOf(whole, TREES.events, 'leaf')[40] ?? 0, ...roots)
    const error = await logOf(store).catch((thrown: unknown) => thrown)
    expect(isStoreDamaged(error), String(error)).to.equal(true)
    await expectStopped(store, 'whose events lie there cannot be told')
    await store.close()
  })

  it('at the root of the events loses all of them, and names their streams', async () => {
    const { store } = await damaged(pagesOf(whole, TREES.events, 'internal')[0] ?? 0)
    expect(await logOf(store)).to.deep.equal({ events: [], told: STREAMS })
    for (const stream of STREAMS.slice(0, 10)) await expectUnreadable(store, stream)
    await store.close()
  })
})
