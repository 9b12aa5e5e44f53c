import { getEventListeners } from 'node:events'
import { join } from 'node:path'
import { expect } from 'chai'
import { pino } from 'pino'
import { fromMilliseconds } from '../../../domain/instant.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import type { Position } from '../../../src/eventStore/recordedEvent.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { establishIdentity } from '../../../src/ledger/logIdentity.ts'
import { openReadModelWriter, type ReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { awaitedPosition } from '../../../src/readModel/projection/awaitedPosition.ts'
import { nobodyWaiting, oneWaits, pacing, type Waiting } from '../../../src/readModel/projection/pacing.ts'
import type { Progress } from '../../../src/readModel/projection/progress.ts'
import { startProjection } from '../../../src/readModel/projection/projection.ts'
import { runProjection } from '../../../src/readModel/projection/runProjection.ts'
import { newEvents, newStream } from '../../support/events/newEvents.ts'
import { storedEvent, userId } from '../../support/events/storedEvents.ts'
import { eventually, untilTrue } from '../../support/patience.ts'
import { inBatchesOf, readModelFile } from '../../support/pipeline/projecting.ts'
import { right } from '../../support/right.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporaryDirectory.ts'

const ANNA = userId('101')
const START = 17194724399020
const HOUR = 36_000_000
/** Longer than any test: who rests so long goes on for another reason. */
const FOR_EVER_MS = 3_600_000
const MANY = 20
const unending = new AbortController().signal

describe('the pace of the projection', () => {
  /** Whether it rests after a batch of so many events that began so long ago. */
  const rests = (waiting: Waiting, pace: ReturnType<typeof pacing>) => async (events: number, msAgo: number) => {
    const abort = new AbortController()
    let isOver = false
    const resting = pace(events, performance.now() - msAgo, abort.signal).then(() => {
      isOver = true
    })
    // What goes on at once has done so after these turns.
    for (let turn = 0; turn < 5; turn += 1) await null
    const rested = !isOver
    oneWaits(waiting)()
    abort.abort()
    await resting
    return rested
  }

  it('rests after a batch of many events, and not after few', async () => {
    const waiting = nobodyWaiting()
    expect(await rests(waiting, pacing(waiting, FOR_EVER_MS))(MANY, 0)).to.equal(true)
    expect(await rests(waiting, pacing(waiting, FOR_EVER_MS))(1, 0)).to.equal(false)
  })

  it('rests once many have come within an interval, however few at a time', async () => {
    const waiting = nobodyWaiting()
    const after = rests(waiting, pacing(waiting, FOR_EVER_MS))
    const rested: boolean[] = []
    for (let batch = 0; batch < MANY; batch += 1) rested.push(await after(1, 0))
    expect([rested[0], rested.at(-1)]).to.deep.equal([false, true])
  })

  it('forgets what came an interval ago', async () => {
    const waiting = nobodyWaiting()
    const after = rests(waiting, pacing(waiting, FOR_EVER_MS))
    await after(MANY, 2 * FOR_EVER_MS)
    expect(await after(1, 0)).to.equal(false)
  })

  it('does not rest where the batch took as long as an interval', async () => {
    const waiting = nobodyWaiting()
    expect(await rests(waiting, pacing(waiting, FOR_EVER_MS))(MANY, FOR_EVER_MS)).to.equal(false)
  })

  it('does not rest while somebody waits, and rests again once nobody does', async () => {
    const waiting = nobodyWaiting()
    const after = rests(waiting, pacing(waiting, FOR_EVER_MS))
    const leave = oneWaits(waiting)
    expect(await after(MANY, 0)).to.equal(false)
    leave()
    expect(await after(MANY, 0)).to.equal(true)
  })

  it('goes on by itself once the interval is over, and leaves nothing behind that waits for the end', async () => {
    const running = new AbortController()
    await pacing(nobodyWaiting(), 20)(MANY, performance.now(), running.signal)
    expect(getEventListeners(running.signal, 'abort')).to.deep.equal([])
  })

  it('goes on when it is stopped', async () => {
    const stopping = new AbortController()
    const resting = pacing(nobodyWaiting(), FOR_EVER_MS)(MANY, performance.now(), stopping.signal)
    stopping.abort()
    await resting
    await pacing(nobodyWaiting(), FOR_EVER_MS)(MANY, performance.now(), stopping.signal)
  })
})

describe('who waits for the read model', () => {
  it('counts as long as he waits for a position, whether it is reached, he gives up or it stops', async () => {
    const waiting = nobodyWaiting()
    const stopping = new AbortController()
    let position: Position = '1'
    const awaited = awaitedPosition(() => position, stopping.signal, waiting)
    expect(await awaited.reached('1', FOR_EVER_MS)).to.equal(true)
    const all = [awaited.reached('2', FOR_EVER_MS), awaited.reached('3', FOR_EVER_MS), awaited.reached('4', 1)]
    expect(waiting[0]).to.equal(3)
    expect(await all[2]).to.equal(false)
    expect(waiting[0]).to.equal(2)
    position = '2'
    awaited.look()
    expect(await all[0]).to.equal(true)
    expect(waiting[0]).to.equal(1)
    stopping.abort()
    awaited.look()
    expect(await all[1]).to.equal(false)
    expect(waiting[0]).to.equal(0)
  })

  it('counts as long as he waits for it to move', async () => {
    const waiting = nobodyWaiting()
    const awaited = awaitedPosition(() => '1', unending, waiting)
    const leaving = new AbortController()
    const both = [awaited.moved(unending), awaited.moved(leaving.signal)]
    expect(waiting[0]).to.equal(2)
    leaving.abort()
    await both[1]
    expect(waiting[0]).to.equal(1)
    awaited.look()
    await both[0]
    expect(waiting[0]).to.equal(0)
  })
})

describe('the projection of a service', () => {
  it('rests while much comes, and goes on as soon as somebody waits', async () => {
    const directory = await temporaryDirectory()
    const events = { file: join(directory.path, 'events.db') }
    const store = right(await openSqliteEventStore(events)())
    const identity = await establishIdentity(store, () => fromMilliseconds(0))
    const kept = { readModelFile: readModelFile(directory.path), untrusted: null, retention: null, tree: null }
    const hearing = { replaced: () => undefined, heard: () => undefined }
    const eventStore = { kind: 'sqlite', ...events } as const
    const projection = startProjection({ eventStore, identity, ...kept }, pino({ level: 'silent' }), hearing)
    let woken = 0
    const { notify } = Atomics
    const counting = (waiting: Int32Array, index: number): number => {
      const others = notify(waiting, index)
      woken += others
      return others
    }
    Atomics.notify = counting as typeof notify
    try {
      // A machine that is busy may take as long as an interval for a batch, and the rest may be over: then it is tried again.
      await eventually('one who waits wakes it', async () => {
        const { position } = right(await store.append(newStream(), 'no-stream', newEvents(MANY))())
        await untilTrue('it has come there', () => (projection.position() ?? '') >= position)
        await projection.reached('9'.repeat(position.length), 1)
        return woken > 0 ? true : null
      })
    } finally {
      Atomics.notify = notify
      await projection.stop()
      await store.close()
      await directory.remove()
    }
  })
})

describe('a projection that rests', () => {
  let directory: TemporaryDirectory
  let store: EventStore
  let model: ReadModelWriter
  let revision = -1
  let reached: Position = ''
  const waiting = nobodyWaiting()
  const stopping = new AbortController()
  const rows: number[] = []
  let moved = Promise.withResolvers<void>()
  let running: Promise<void>

  const arrive = async (count: number): Promise<Position> => {
    const events = Array.from({ length: count }, (_, index) => {
      const hour = revision + 1 + index
      const webhook = {
        webhook: 'user.update',
        webhook_id: `${hour}`,
        webhook_created_at: START + hour * HOUR,
        object_id: ANNA,
        object_payload: { users: [{ userId: ANNA, kycReview: '1', userTag: `${hour}` }] },
      }
      const { eventId, data, metadata } = storedEvent(webhook, { user: ANNA, revision: hour })
      return { eventId, data, metadata, type: 'x' }
    })
    const { position } = right(await store.append(`kyc-${ANNA}`, revision < 0 ? 'no-stream' : revision, events)())
    revision += count
    return position
  }
  const comesTo = async (position: Position): Promise<void> => {
    while (reached < position) {
      moved = Promise.withResolvers()
      await moved.promise
    }
  }

  before(async () => {
    directory = await temporaryDirectory()
    store = right(await openSqliteEventStore({ file: join(directory.path, 'events.db') })())
    model = openReadModelWriter(readModelFile(directory.path))
    const counting: ReadModelWriter = {
      ...model,
      put: (row) => {
        rows.push(row.revision)
        model.put(row)
      },
    }
    const progressed = (progress: Progress): void => {
      reached = progress.position ?? reached
      moved.resolve()
    }
    const options = { pacing: pacing(waiting, FOR_EVER_MS) }
    running = runProjection(store, counting, stopping.signal, progressed, options)
  })
  after(async () => {
    stopping.abort()
    await running
    model.close()
    await store.close()
    await directory.remove()
  })

  it('takes what came meanwhile together, writes the row of its user once, and goes on as soon as somebody waits', async () => {
    await comesTo(await arrive(MANY))
    expect(rows).to.deep.equal([MANY - 1])
    for (const count of [1, 2, 1]) await arrive(count)
    const last = await arrive(1)
    const leave = oneWaits(waiting)
    await comesTo(last)
    leave()
    expect(rows).to.deep.equal([MANY - 1, MANY + 4])
  })

  it('does not rest as long as the end of the log is not reached', async () => {
    const model = openReadModelWriter(join(directory.path, 'another.db'))
    const ending = new AbortController()
    const progressed = ({ caughtUp }: Progress): void => {
      if (caughtUp) ending.abort()
    }
    for (let batch = 0; batch < 3; batch += 1) await arrive(MANY)
    const options = { pacing: pacing(nobodyWaiting(), FOR_EVER_MS) }
    await runProjection(inBatchesOf(MANY, store), model, ending.signal, progressed, options)
    expect(model.revisionOf(ANNA)).to.equal(revision)
    model.close()
  })
})
