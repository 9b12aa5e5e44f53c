import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect } from 'chai'
import { format, fromMilliseconds, type Instant } from '../../domain/instant.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { streamUnreadable } from '../../src/eventStore/readFailure.ts'
import type { Position, StreamName } from '../../src/eventStore/recordedEvent.ts'
import { openSqliteEventStore } from '../../src/eventStore/sqlite/sqliteEventStore.ts'
import { CLOCK_CORRECTED } from '../../src/ledger/clockCorrected.ts'
import { readClockRecords, streamsWithin } from '../../src/ledger/clockRecords.ts'
import { appendToKycLog } from '../../src/ledger/kycLog.ts'
import { establishIdentity, LOG_COPIED } from '../../src/ledger/logIdentity.ts'
import { ownEvent } from '../../src/ledger/ownEvent.ts'
import { KYC_LOG } from '../../src/ledger/streams.ts'
import { recordErased } from '../support/erasures/recordErased.ts'
import { right } from '../support/right.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporaryDirectory.ts'

const minute = (n: number): Instant => fromMilliseconds(Date.parse('2026-03-01T00:00:00Z') + n * 60_000)

interface Placed {
  readonly eventId: string
  readonly stream: StreamName
  readonly revision: number
  readonly position: Position
}

const placeOf = ({ stream, revision, eventId, position }: Placed) => ({ stream, revision, eventId, position })

describe('what is recorded about wrong clocks', () => {
  let directory: TemporaryDirectory
  let store: EventStore
  const revisions = new Map<StreamName, number>()
  beforeEach(async () => {
    directory = await temporaryDirectory()
    revisions.clear()
    store = right(await openSqliteEventStore({ file: join(directory.path, 'events.db') })())
    await establishIdentity(store, () => minute(-1))
  })
  afterEach(async () => {
    await store.close()
    await directory.remove()
  })

  const append = async (stream: StreamName, recordedAt: Instant): Promise<Placed> => {
    const before = revisions.get(stream) ?? -1
    const metadata = JSON.stringify({ recordedAt: format(recordedAt) })
    const event = { eventId: randomUUID(), type: 'x', data: '{}', metadata }
    const appended = right(await store.append(stream, before < 0 ? 'no-stream' : before, [event])())
    revisions.set(stream, appended.revision)
    return { eventId: event.eventId, stream, ...appended }
  }
  const record = (range: readonly [Placed, Placed] | null, at: number, leaps: readonly string[] = []): Promise<void> =>
    appendToKycLog(store, {
      type: CLOCK_CORRECTED,
      data: {
        generation: 0,
        range: range && { first: placeOf(range[0]), last: placeOf(range[1]) },
        leaps,
        author: 'ops',
        reason: 'NTP was off',
      },
      recordedAt: minute(at),
    })

  it('is nothing where nothing was recorded', async () => {
    await append('kyc-1', minute(0))
    expect(await readClockRecords(store)).to.deep.equal({ corrections: [], settledLeaps: [] })
    expect(await streamsWithin(store, [])).to.have.property('size', 0)
  })

  it('makes receipts count as that of the next event outside, whichever stream that is in', async () => {
    await append('kyc-1', minute(0))
    const first = await append('kyc-1', minute(900))
    await append('kyc-unattributed', minute(901))
    const last = await append('kyc-2', minute(902))
    await append('kyc-3', minute(7))
    await record([first, last], 20)
    const { corrections } = await readClockRecords(store)
    expect(corrections).to.deep.equal([{ from: first.position, to: last.position, countsAs: minute(7) }])
    expect([...(await streamsWithin(store, corrections)).keys()]).to.deep.equal(['kyc-1', 'kyc-unattributed', 'kyc-2'])
  })

  it('passes over what lies in another wrong run, up to the record itself', async () => {
    const one = await append('kyc-1', minute(900))
    const other = await append('kyc-2', minute(800))
    await record([one, one], 20)
    await record([other, other], 21)
    const { corrections } = await readClockRecords(store)
    expect(corrections.map(({ countsAs }) => countsAs)).to.deep.equal([minute(20), minute(20)])
  })

  it('may be that a leap did no harm', async () => {
    await append('kyc-1', minute(0))
    await record(null, 20, ['a', 'b'])
    expect(await readClockRecords(store)).to.deep.equal({ corrections: [], settledLeaps: ['a', 'b'] })
  })

  it('is about the same events in a copy, where they have other positions', async () => {
    const elsewhere = right(await openSqliteEventStore({ file: join(directory.path, 'copy.db') })())
    await append('kyc-1', minute(0))
    const wrong = await append('kyc-1', minute(900))
    await append('kyc-2', minute(5))
    await record([wrong, wrong], 20)
    // As many events of the copy itself stand before as make each position another.
    right(
      await elsewhere.append('kyc-9', 'no-stream', [
        ownEvent(randomUUID(), { type: 'x', data: {}, recordedAt: minute(0) }),
      ])(),
    )
    for await (const events of store.readAll()) {
      for (const event of events) {
        const expected = event.revision === 0 ? 'no-stream' : event.revision - 1
        right(await elsewhere.append(event.stream, expected, [event])())
      }
    }
    const [there] = (await readClockRecords(elsewhere)).corrections
    const [copied] = await Array.fromAsync(elsewhere.readStream('kyc-1', { from: 1 }))
    expect(there).to.deep.equal({ from: copied?.position, to: copied?.position, countsAs: minute(5) })
    expect(there?.from).to.not.equal(wrong.position)
    await elsewhere.close()
  })

  /** The store as an administrator has left it, who took the streams: out of their reading alone, or out of all. */
  const without = (taken: readonly StreamName[], scavenged: boolean): EventStore => ({
    ...store,
    readStream: async function* (stream, options) {
      if (taken.includes(stream)) throw streamUnreadable('deleted for good')
      yield* store.readStream(stream, options)
    },
    readAll: async function* (...words) {
      for await (const events of store.readAll(...words)) {
        yield events.filter(({ stream }) => !scavenged || !taken.includes(stream))
      }
    },
  })

  it('holds where a stream that it names shows nothing any more, and stops nobody', async () => {
    await append('kyc-1', minute(0))
    const first = await append('kyc-1', minute(900))
    const last = await append('kyc-2', minute(901))
    await append('kyc-3', minute(7))
    await record([first, last], 20)
    const whole = await readClockRecords(store)
    for (const scavenged of [false, true]) {
      expect(await readClockRecords(without(['kyc-1', 'kyc-2'], scavenged))).to.deep.equal(whole)
    }
    // In a copy the position of the record is another store's.
    const copied = { type: LOG_COPIED, data: { logId: randomUUID(), generation: 1 }, recordedAt: minute(21) }
    await appendToKycLog(store, copied)
    expect(await readClockRecords(without(['kyc-1', 'kyc-2'], false))).to.deep.equal(whole)
    const [wide] = (await readClockRecords(without(['kyc-1', 'kyc-2'], true))).corrections
    expect(wide?.from).to.equal('')
    expect((wide?.to ?? '') > last.position).to.equal(true)
  })

  it('is not passed over when a newer release wrote it', async () => {
    const newer = {
      eventId: randomUUID(),
      type: CLOCK_CORRECTED,
      data: '{}',
      metadata: '{"origin":"kyc-ledger","format":9}',
    }
    right(await store.append(KYC_LOG, 0, [newer])())
    expect(await readClockRecords(store).catch(String)).to.include('is of a newer release')
  })

  it('reaches in a copy as far as what is left of a range whose ends were erased', async () => {
    const before = await append('kyc-2', minute(0))
    const first = await append('kyc-1', minute(60))
    const inside = await append('kyc-2', minute(60))
    const last = await append('kyc-1', minute(61))
    const behind = await append('kyc-3', minute(2))
    await record([first, last], 4)
    await appendToKycLog(store, { type: LOG_COPIED, data: { logId: 'x', generation: 1 }, recordedAt: minute(5) })
    await recordErased(store, 'kyc-1')
    right(await store.erase('kyc-1', 1)())
    const { corrections } = await readClockRecords(store)
    expect(corrections).to.have.length(1)
    expect(corrections[0]).to.include({ from: inside.position, to: inside.position, countsAs: minute(2) })
    for (const { position } of [before, behind]) {
      expect(corrections.some(({ from, to }) => position >= from && position <= to)).to.equal(false)
    }
  })
})
