import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { readConnectionString } from '../../../src/eventStore/esdb/client/connectionString.ts'
import { openEsdbEventStore } from '../../../src/eventStore/esdb/esdbEventStore.ts'
import { type ErasedBefore, stillHeld } from '../../../src/eventStore/esdb/removal/stillHeld.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import { type EventStoreDb, startEventStoreDb } from '../../support/eventStoreDb/eventStoreDb.ts'
import { newEvent, newStream } from '../../support/events/newEvents.ts'
import { gather } from '../../support/gather.ts'
import { eventsOf } from '../../support/logs/logs.ts'
import { untilTrue } from '../../support/patience.ts'
import { right } from '../../support/right.ts'
import { newPrefix } from './behaviour.ts'

/** A real server, and where it keeps its chunks; on no other chunk size than its own does 24.6 scavenge anything. */
const { EVENTSTORE_TEST_URL: realServer, EVENTSTORE_TEST_DATA: realData } = process.env

const scavenging = (name: string, connectionString: () => string, data: string | null): void => {
  describe(`a scavenge of ${name}`, function () {
    this.timeout(120_000)
    let store: EventStore
    let streamPrefix: string
    const nobody = 'kyc-unattributed'
    const person = (): string => `vendredi${Math.random().toString(36).slice(2)}@example.org`
    const held = async (erased: ErasedBefore): Promise<unknown> =>
      (await stillHeld(right(readConnectionString(connectionString())), erased, streamPrefix)).map((one) => one.held)
    const filesWith = (text: string): readonly string[] =>
      data === null
        ? []
        : readdirSync(data, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map(({ parentPath, name: file }) => join(parentPath, file))
            .filter((file) => readFileSync(file).includes(text))

    beforeEach(async () => {
      streamPrefix = newPrefix()
      store = right(await openEsdbEventStore({ connectionString: connectionString(), streamPrefix })())
    })
    afterEach(() => store.close())

    it('takes what was erased out of the log, and out of every file; all else stays', async () => {
      const [gone, cut, kept] = [person(), person(), person()]
      const [erased, stays] = [newStream(), newStream()]
      const of = (email: string) => newEvent({ data: JSON.stringify({ email }) })
      right(await store.append(erased, 'no-stream', [of(gone), of(gone)])())
      right(await store.append(stays, 'no-stream', [of(kept)])())
      right(await store.append(nobody, 'no-stream', [of(cut), of(cut), of(kept)])())
      right(await store.erase(erased, 1)())
      right(await store.truncate(nobody, 2)())
      const all: ErasedBefore = new Map([
        [erased, Number.POSITIVE_INFINITY],
        [nobody, 2],
      ])
      expect(await held(all)).to.deep.equal([4])
      if (data !== null) expect(filesWith(gone)).to.have.length(1)

      const { files, told } = await store.purge()
      expect(files).to.equal('gone')
      expect(told).to.have.length(1)
      expect(told[0]).to.match(/^node 127\.0\.0\.1:\d+: scavenged$/)
      expect(await held(all)).to.deep.equal([0])
      if (data !== null)
        await untilTrue('old chunks are deleted', () => [gone, cut].every((one) => filesWith(one).length === 0))
      if (data !== null) expect(filesWith(kept)).to.have.length(1)
      expect((await eventsOf(store)).map(({ stream }) => stream)).to.deep.equal([stays, nobody])
      expect((await gather(store.readStream(nobody))).map(({ revision }) => revision)).to.deep.equal([2])
      right(await store.append(nobody, 2, [newEvent()])())
    })

    it('leaves a place from which the log is read on: that of an event that it took', async () => {
      const [erased, stays] = [newStream(), newStream()]
      const { position } = right(await store.append(erased, 'no-stream', [newEvent()])())
      right(await store.append(stays, 'no-stream', [newEvent()])())
      right(await store.erase(erased, 0)())
      expect((await store.purge()).files).to.equal('gone')
      expect(await held(new Map([[erased, Number.POSITIVE_INFINITY]]))).to.deep.equal([0])
      expect((await gather(store.readAll(position))).flat().map(({ stream }) => stream)).to.deep.equal([stays])
      const ending = new AbortController()
      for await (const { events } of store.follow(position, ending.signal)) {
        if (events.length === 0) continue
        expect(events.map(({ stream }) => stream)).to.deep.equal([stays])
        ending.abort()
      }
    })
  })
}

if (realServer !== undefined) scavenging('a real EventStoreDB', () => realServer, realData ?? null)

let double: EventStoreDb
before(async () => {
  double = await startEventStoreDb()
})
after(() => double.stop())
scavenging('the protocol double', () => double.connectionString, null)

describe('a scavenge that the user of the service may not start', () => {
  it('is told of, with who has to do it', async () => {
    const store = right(await openEsdbEventStore({ connectionString: double.connectionString })())
    double.rights.withdraw('scavenge')
    const before = double.calls.scavenge
    const { files, told } = await store.purge()
    expect(files).to.equal('scavenge')
    expect(told.join()).to.contain('may not scavenge it: somebody of $ops has to')
    expect(double.calls.scavenge).to.equal(before)
    double.rights.restore()
    await store.close()
  })
})
