import { join } from 'node:path'
import { expect } from 'chai'
import type { ClockFault } from '../../src/clock/nodeClock.ts'
import type { StreamName } from '../../src/eventStore/recordedEvent.ts'
import { openSqliteEventStore } from '../../src/eventStore/sqlite/sqliteEventStore.ts'
import type { Fact } from '../../src/ingest/fact.ts'
import { recordFacts } from '../../src/ingest/recordFact.ts'
import { instant } from '../support/events/storedEvents.ts'
import { right } from '../support/right.ts'
import { temporaryDirectory } from '../support/temporaryDirectory.ts'

const stream = 'kyc-1' as StreamName
const received = instant('2026-03-01T00:00:00Z')
const fact: Fact = {
  stream,
  type: 'user.kycrequest',
  data: '{}',
  metadata: {
    family: null,
    payloadHash: 'a',
    elementHash: null,
    webhookId: '1',
    webhookCreatedAt: null,
    claim: 'absent',
    statedAt: null,
    statedBinds: true,
    receivedAt: received,
    userId: null,
    secret: 'b',
  },
  resubmitted: false,
  whole: null,
}

describe('recording a fact', () => {
  it('is refused once the clock has leapt since the delivery came, and nothing is appended by it', async () => {
    const directory = await temporaryDirectory()
    const store = right(await openSqliteEventStore({ file: join(directory.path, 'events.db') })())
    let fault: ClockFault | null = { clock: 'leapt', reason: 'the clock went forwards by 1200 s' }
    const recorder = recordFacts(
      store,
      () => received,
      () => [],
      () => fault,
    )
    const refused = await recorder.record(fact)()
    expect(refused).to.deep.include({ left: { _tag: 'StoreUnavailable', reason: fault.reason } })
    expect(await Array.fromAsync(store.readStream(stream))).to.deep.equal([])
    fault = null
    expect(right(await recorder.record(fact)()).outcome).to.equal('appended')
    // What is there already needs no receipt.
    fault = { clock: 'behind', reason: 'the clock is behind' }
    expect(right(await recorder.record(fact)()).outcome).to.equal('known')
    await store.close()
    await directory.remove()
  })

  it('of a webhook that speaks of several users keeps nothing of the whole once the clock has leapt while that was prepared', async () => {
    const directory = await temporaryDirectory()
    const store = right(await openSqliteEventStore({ file: join(directory.path, 'events.db') })())
    const reason = 'the clock went forwards by 31536000 s'
    let fault: ClockFault | null = null
    const look = async (): Promise<void> => {
      fault = { clock: 'leapt', reason }
    }
    const recorder = recordFacts(
      store,
      () => received,
      () => [],
      () => fault,
      { isErased: () => false, look },
    )
    const shared = 'kyc-shared-1' as StreamName
    const part: Fact = { ...fact, whole: { ...fact, stream: shared, users: [] } }
    expect(await recorder.record(part)()).to.deep.include({ left: { _tag: 'StoreUnavailable', reason } })
    for (const name of [shared, stream]) expect(await Array.fromAsync(store.readStream(name)), name).to.deep.equal([])
    await store.close()
    await directory.remove()
  })

  it('is never done earlier than the one before was, though that had been received long before and the clock was set back', async () => {
    const directory = await temporaryDirectory()
    const store = right(await openSqliteEventStore({ file: join(directory.path, 'events.db') })())
    const [later, between] = [instant('2026-03-01T02:00:00Z'), instant('2026-03-01T01:00:00Z')]
    let time = later
    const recorder = recordFacts(store, () => time)
    right(await recorder.record({ ...fact, resubmitted: true })())
    time = between
    const next = { ...fact.metadata, payloadHash: 'b', webhookId: '2', receivedAt: between }
    right(await recorder.record({ ...fact, metadata: next })())
    const times = (await Array.fromAsync(store.readStream(stream))).map(({ metadata }) => {
      const { receivedAt, recordedAt } = JSON.parse(metadata)
      return [receivedAt, recordedAt]
    })
    const first = '2026-03-01T02:00:00.000000Z'
    expect(times).to.deep.equal([
      ['2026-03-01T00:00:00.000000Z', first],
      [first, first],
    ])
    await store.close()
    await directory.remove()
  })

  it('of what neither id nor time tells from the last word is known only where it still is, whoever has written since', async () => {
    const directory = await temporaryDirectory()
    const store = right(await openSqliteEventStore({ file: join(directory.path, 'events.db') })())
    const [node, other] = [recordFacts(store, () => received), recordFacts(store, () => received)]
    const said = (payloadHash: string): Fact => ({
      ...fact,
      metadata: { ...fact.metadata, family: 'user', payloadHash, webhookId: null },
    })
    const outcomeOf = async (recorder: typeof node, one: Fact): Promise<string> =>
      right(await recorder.record(one)()).outcome
    expect(await outcomeOf(node, said('refused'))).to.equal('appended')
    expect(await outcomeOf(node, said('refused'))).to.equal('known')
    expect(await outcomeOf(other, said('validated'))).to.equal('appended')
    expect(await outcomeOf(node, said('refused'))).to.equal('appended')
    expect(await outcomeOf(other, said('refused'))).to.equal('known')
    await store.close()
    await directory.remove()
  })
})
