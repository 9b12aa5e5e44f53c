import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { UserId } from '../../../domain/identifiers.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import type { RecordedEvent, StreamName } from '../../../src/eventStore/recordedEvent.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { ERASURES } from '../../../src/ledger/streams.ts'
import { openReadModelReader } from '../../../src/readModel/database/reader.ts'
import { isOfLog } from '../../../src/readModel/database/schema.ts'
import { openReadModelSnapshot } from '../../../src/readModel/database/snapshot.ts'
import { openReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { foldStream } from '../../../src/readModel/projection/foldedStream.ts'
import type { FoldThreads } from '../../../src/readModel/projection/foldThreads.ts'
import type { Progress } from '../../../src/readModel/projection/progress.ts'
import { runProjection } from '../../../src/readModel/projection/runProjection.ts'
import { recordErased, recordOfStream, sayOfErasure } from '../../support/erasures/recordErased.ts'
import { storedEvent, userId } from '../../support/events/storedEvents.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { inBatchesOf, projectToTheEnd, reading, readModelFile } from '../../support/pipeline/projecting.ts'
import { right } from '../../support/right.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'

const [ANNA, BERT] = [userId('101'), userId('102')]
const START = 17194724399020
const HOUR = 36_000_000
/** A text of Anna's that the read model repeats. */
const PASSPORT = '771177117'

const user = (id: UserId, kycReview: string, hour: number): WebhookJson => ({
  webhook: 'user.update',
  webhook_id: `${id}-${hour}`,
  webhook_created_at: START + hour * HOUR,
  object_id: id,
  object_payload: { users: [{ userId: id, kycReview, userTag: `${hour}` }] },
})
const document = (id: UserId | null, documentId: string, documentStatus: string, hour: number): WebhookJson => ({
  webhook: 'document.update',
  webhook_id: `${documentId}-${hour}`,
  webhook_created_at: START + hour * HOUR,
  object_id: documentId,
  object_payload: { documents: [{ documentId, userId: id ?? '1XXXXXX', documentStatus, documentTypeId: '17' }] },
})

describe('the projection of a log with erasures', () => {
  let directory: string
  let store: EventStore
  let revisions: Map<StreamName, number>

  beforeEach(async () => {
    directory = newDirectory()
    revisions = new Map()
    store = right(await openSqliteEventStore({ file: join(directory, 'events.db') })())
  })
  afterEach(() => store.close())

  const arrive = async (id: UserId | null, ...webhooks: readonly WebhookJson[]): Promise<void> => {
    const stream = id === null ? 'kyc-unattributed' : `kyc-${id}`
    for (const webhook of webhooks) {
      const before = revisions.get(stream)
      const revision = (before ?? -1) + 1
      const { eventId, data, metadata } = storedEvent(webhook, { user: id ?? ANNA, revision })
      right(await store.append(stream, before ?? 'no-stream', [{ eventId, type: 'x', data, metadata }])())
      revisions.set(stream, revision)
    }
  }
  const tablesIn = (place: string): Readonly<Record<string, unknown>> => {
    const snapshot = openReadModelSnapshot(readModelFile(place))
    try {
      return Object.fromEntries(
        snapshot
          .tables()
          .filter(isOfLog)
          .map((table) => [table, [...snapshot.rows(table)]]),
      )
    } finally {
      snapshot.close()
    }
  }
  const body = (id: UserId): string | null => reading(directory, (model) => model.kycAnswer(id)?.body ?? null)
  const filesHold = (text: string): boolean =>
    ['', '-wal'].some((suffix) => {
      try {
        return readFileSync(`${readModelFile(directory)}${suffix}`).includes(text)
      } catch {
        return false
      }
    })
  /** A life of Anna's and one of Bert's, and events of nobody of which one speaks of Anna's passport and one of no one's. */
  const lives = async (): Promise<void> => {
    await arrive(ANNA, user(ANNA, '1', 0), document(ANNA, PASSPORT, 'PENDING', 1))
    await arrive(BERT, user(BERT, '1', 2), document(BERT, '5', 'PENDING', 3))
    await arrive(null, document(null, PASSPORT, 'VALIDATED', 4), document(null, '99', 'VALIDATED', 5))
    await arrive(ANNA, user(ANNA, '2', 6))
  }

  it('knows nothing of an erased user but when and by which record he was; of others it tells what it told', async () => {
    await lives()
    await projectToTheEnd(store, directory)
    const bert = body(BERT)
    expect(body(ANNA)).to.include(PASSPORT)
    expect(filesHold(PASSPORT), 'it lies in the file').to.equal(true)

    await recordErased(store, `kyc-${ANNA}`)
    const told: Progress[] = []
    expect(await projectToTheEnd(store, directory, undefined, undefined, told)).to.deep.equal([])
    expect(told.flatMap(({ erased = [] }) => erased)).to.deep.equal([ANNA])
    expect(told.some(({ erasures }) => erasures)).to.equal(true)
    expect([body(ANNA), body(BERT)]).to.deep.equal([null, bert])
    const erased = reading(directory, (model) => model.erasedUser(ANNA))
    expect(erased).to.deep.equal({ userId: ANNA, erasedAt: '2026-01-05T00:00:00.000Z', erasure: 0, revision: 0 })
    expect(reading(directory, (model) => model.erasedUser(BERT))).to.equal(null)
    const nobodys = reading(directory, (model) => model.unattributed('user-unknown', -1, 10))
    expect(nobodys.map(({ revision }) => revision)).to.deep.equal([0, 1])
    for (const file of ['kyc_status', 'user_anomaly', 'document_owner', 'named_user']) {
      expect(JSON.stringify(tablesIn(directory)[file]), file).not.to.include(`"${ANNA}"`)
    }
  })

  it('leaves nothing of him in its files', async () => {
    await lives()
    // No event of nobody speaks of this one: that would stay.
    await arrive(ANNA, document(ANNA, '4242424242', 'PENDING', 7))
    await projectToTheEnd(store, directory)
    expect(filesHold('4242424242')).to.equal(true)
    const reader = openReadModelReader(readModelFile(directory))
    try {
      await recordErased(store, `kyc-${ANNA}`)
      await projectToTheEnd(store, directory)
      expect(reader.kycAnswer(ANNA)).to.equal(null)
      expect(filesHold('4242424242')).to.equal(false)
    } finally {
      reader.close()
    }
  })

  for (const size of [1, 3, 100]) {
    it(`is the same from the beginning, ${size} events at a time, whether or not erased events are still shown`, async () => {
      await lives()
      await projectToTheEnd(inBatchesOf(size, store), directory)
      await recordErased(store, `kyc-${ANNA}`)
      // What comes in between is recorded in a second record, and never heard of.
      await arrive(ANNA, document(ANNA, '6', 'VALIDATED', 8))
      await arrive(null, document(null, PASSPORT, 'CANCELED', 9), document(ANNA, '7', 'PENDING', 10))
      const all = await recordOfStream(store, `kyc-${ANNA}`)
      await sayOfErasure(store, { ...all, from: 3, leaves: all.leaves.slice(3) })
      await arrive(BERT, user(BERT, '2', 11))
      expect(await projectToTheEnd(inBatchesOf(size, store), directory)).to.deep.equal([])
      const shown = newDirectory()
      expect(await projectToTheEnd(inBatchesOf(size, store), shown)).to.deep.equal([])
      expect(tablesIn(shown)).to.deep.equal(tablesIn(directory))
      right(await store.erase(`kyc-${ANNA}`, 3)())
      const gone = newDirectory()
      expect(await projectToTheEnd(inBatchesOf(size, store), gone)).to.deep.equal([])
      expect(tablesIn(gone)).to.deep.equal(tablesIn(directory))
    })
  }

  it('goes on with a log of which events went that it had projected, and had not heard of the record', async () => {
    await lives()
    await projectToTheEnd(store, directory)
    await recordErased(store, `kyc-${ANNA}`)
    right(await store.erase(`kyc-${ANNA}`, 2)())
    const told: Progress[] = []
    expect(await projectToTheEnd(store, directory, undefined, undefined, told)).to.deep.equal([])
    expect(told.some(({ replaced }) => replaced)).to.equal(false)
    expect(body(ANNA)).to.equal(null)
  })

  it('rests on no event of a user who was folded ahead, and of whose erasure it hears before it comes to him', async () => {
    const others = Array.from({ length: 120 }, (_, index) => userId(String(1001 + index)))
    const [near, far] = [others.slice(0, 60), others.slice(60)]
    await arrive(BERT, user(BERT, '1', 0))
    await projectToTheEnd(store, directory)
    for (const id of near) await arrive(id, user(id, '1', 1))
    await arrive(BERT, user(BERT, '2', 2))
    await arrive(ANNA, user(ANNA, '1', 3))
    for (const id of far) await arrive(id, user(id, '1', 4))
    await arrive(ANNA, user(ANNA, '2', 5))
    await recordErased(store, `kyc-${ANNA}`, `kyc-${BERT}`)

    // Bert's stream is gone once both have been read ahead; only when that is found missing it is asked who was erased.
    let [isGone, taken] = [false, 0]
    const meanwhile: EventStore = {
      ...inBatchesOf(3, store),
      async *readStream(stream, options): AsyncGenerator<RecordedEvent> {
        if (stream === (isGone ? `kyc-${BERT}` : ERASURES)) return
        yield* store.readStream(stream, options)
      },
    }
    const startThreads = (): FoldThreads => ({
      expect: (users) => {
        isGone ||= users.includes(ANNA)
      },
      take: async (id, corrections) => {
        if (id !== ANNA) return null
        taken += 1
        return foldStream(store, id, corrections)
      },
      forget: () => undefined,
      close: async () => undefined,
    })
    const model = openReadModelWriter(readModelFile(directory))
    const stop = new AbortController()
    const restsOn = new Set<StreamName | undefined>()
    const progressed = ({ caughtUp }: Progress): void => {
      restsOn.add(model.furthestEvent()?.stream)
      if (caughtUp) stop.abort()
    }
    await runProjection(meanwhile, model, stop.signal, progressed, { startThreads, statesKept: 1 }).finally(model.close)
    expect(taken).to.equal(1)
    expect([...restsOn]).not.to.include(`kyc-${ANNA}`)
    expect([body(ANNA), body(BERT)]).to.deep.equal([null, null])
  })

  it('makes nothing uncertain of a user whose stream shows its rest alone, since it is being erased', async () => {
    await arrive(BERT, user(BERT, '1', 0), user(BERT, '2', 2))
    await projectToTheEnd(store, directory)
    const before = body(BERT)
    await arrive(BERT, document(BERT, '5', 'PENDING', 1))
    await arrive(ANNA, user(ANNA, '1', 3))
    await recordErased(store, `kyc-${BERT}`)

    // The late one has him read anew: a long stream goes from its front, and who was erased is heard only when that is found missing.
    let isRead = false
    const meanwhile: EventStore = {
      ...inBatchesOf(1, store),
      async *readStream(stream, options): AsyncGenerator<RecordedEvent> {
        if (stream === ERASURES && !isRead) return
        isRead ||= stream === `kyc-${BERT}` && options === undefined
        for await (const event of store.readStream(stream, options)) {
          if (stream !== `kyc-${BERT}` || event.revision > 0) yield event
        }
      },
    }
    const model = openReadModelWriter(readModelFile(directory))
    const stop = new AbortController()
    const told = new Set<string | null>()
    const progressed = ({ caughtUp }: Progress): void => {
      told.add(body(BERT))
      if (caughtUp) stop.abort()
    }
    await runProjection(meanwhile, model, stop.signal, progressed).finally(model.close)
    expect(isRead).to.equal(true)
    expect([...told]).to.deep.equal([before, null])
  })

  it('forgets events of nobody that were erased, and whom they spoke of hears them no more', async () => {
    await lives()
    await projectToTheEnd(store, directory)
    const before = JSON.parse(body(ANNA) ?? '') as { readonly documents: readonly { readonly state: string }[] }
    expect(before.documents[0]?.state).to.equal('validated')
    const record = await recordOfStream(store, 'kyc-unattributed', { to: 0 })
    await sayOfErasure(store, record)
    expect(await projectToTheEnd(store, directory)).to.deep.equal([])
    expect(reading(directory, (model) => model.orphansOf(ANNA))).to.deep.equal([])
    expect(
      reading(directory, (model) => model.unattributed('user-unknown', -1, 10)).map(({ revision }) => revision),
    ).to.deep.equal([1])
    expect(JSON.parse(body(ANNA) ?? '').documents[0].state).to.equal('pending')
    const shown = newDirectory()
    await projectToTheEnd(store, shown)
    expect(tablesIn(shown)).to.deep.equal(tablesIn(directory))
  })
})
