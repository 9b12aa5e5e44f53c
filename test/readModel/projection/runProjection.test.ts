import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { type CurrentStatus, currentStatus } from '../../../domain/answer/currentStatus.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { fold } from '../../../domain/state/fold.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import type { NewEvent, RecordedEvent, StreamName } from '../../../src/eventStore/recordedEvent.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { openReadModelWriter, type ReadModelWriter } from '../../../src/readModel/database/writer.ts'
import type { Progress } from '../../../src/readModel/projection/progress.ts'
import { runProjection } from '../../../src/readModel/projection/runProjection.ts'
import { storedEvent, userId } from '../../support/events/storedEvents.ts'
import {
  failingOn,
  inBatchesOf,
  projectToTheEnd,
  reading,
  readModelFile,
  whileWritten,
} from '../../support/pipeline/projecting.ts'
import { right } from '../../support/right.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporaryDirectory.ts'
import { countingCollections } from '../../support/threads/countingCollections.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'

const [ANNA, BERT] = [userId('101'), userId('102')]
const START = 17194724399020
const HOUR = 36_000_000

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

describe('the projection', () => {
  let directory: TemporaryDirectory
  let store: EventStore
  const revisions = new Map<StreamName, number>()

  beforeEach(async () => {
    directory = await temporaryDirectory()
    revisions.clear()
    store = right(await openSqliteEventStore({ file: join(directory.path, 'events.db') })())
  })
  afterEach(async () => {
    await store.close()
    await directory.remove()
  })

  const append = async (stream: StreamName, event: Omit<NewEvent, 'type'>): Promise<void> => {
    const before = revisions.get(stream)
    right(await store.append(stream, before ?? 'no-stream', [{ ...event, type: 'x' }])())
    revisions.set(stream, (before ?? -1) + 1)
  }
  const arrive = async (id: UserId | null, ...webhooks: readonly WebhookJson[]): Promise<void> => {
    const stream = id === null ? 'kyc-unattributed' : `kyc-${id}`
    for (const webhook of webhooks) {
      const revision = (revisions.get(stream) ?? -1) + 1
      const { eventId, data, metadata } = storedEvent(webhook, { user: id ?? ANNA, revision })
      await append(stream, { eventId, data, metadata })
    }
  }

  const body = (id: UserId): string | null => reading(directory.path, (model) => model.kycAnswer(id)?.body ?? null)
  const status = (id: UserId): CurrentStatus => JSON.parse(body(id) ?? 'null') as CurrentStatus
  const folded = async (id: UserId): Promise<string> => {
    const orphans = (await Array.fromAsync(store.readStream('kyc-unattributed'))).filter(({ data }) => {
      const { object_payload } = JSON.parse(data) as { object_payload: { documents?: { documentId: string }[] } }
      return object_payload.documents?.some(({ documentId }) => documentId.startsWith(`of-${id}`))
    })
    return JSON.stringify(currentStatus(fold(id, await Array.fromAsync(store.readStream(`kyc-${id}`)), orphans)))
  }
  const expectWhatTheLogSays = async (...ids: readonly UserId[]): Promise<void> => {
    for (const id of ids) expect(body(id)).to.equal(await folded(id))
  }

  /** Two users' events, interleaved, some of them late. */
  const twoHistories = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await arrive(ANNA, user(ANNA, i % 2 === 0 ? '1' : '2', i))
      await arrive(BERT, user(BERT, i % 2 === 0 ? '3' : '1', (i * 7) % count))
    }
  }

  it('says that it has caught up where the log is empty', async () => {
    await projectToTheEnd(store, directory.path)
    expect(body(ANNA)).to.equal(null)
  })

  it('folds each stream for its own user, in order and late events alike', async () => {
    await twoHistories(20)
    await projectToTheEnd(store, directory.path)
    await expectWhatTheLogSays(ANNA, BERT)
    expect(status(ANNA)).to.include({ status: 'validated', events: 20, revision: 19 })
    expect(status(BERT)).to.include({ events: 20, revision: 19 })
  })

  for (const size of [1, 3, 7]) {
    it(`comes to the same in batches of ${size}`, async () => {
      await twoHistories(12)
      await projectToTheEnd(inBatchesOf(size, store), directory.path)
      await expectWhatTheLogSays(ANNA, BERT)
    })
  }

  for (const [size, statesKept] of [
    [1, 1],
    [1, 100],
    [3, 1],
    [3, 100],
  ] as const) {
    it(`comes to the same while the log is written, ${size} at a time, with ${statesKept} states in memory`, async () => {
      await twoHistories(12)
      await arrive(null, document(null, `of-${ANNA}-1`, 'VALIDATED', 3))
      await arrive(ANNA, document(ANNA, `of-${ANNA}-1`, 'PENDING', 2), user(ANNA, '2', 30))
      const growing = whileWritten(inBatchesOf(size, store))
      await projectToTheEnd(growing, directory.path, undefined, statesKept)
      await expectWhatTheLogSays(ANNA, BERT)
    })
  }

  it('gives back what it made on its way once it has come from far behind, and not for what comes now and then', async () => {
    const { collected, putBack } = countingCollections()
    const model = openReadModelWriter(readModelFile(directory.path))
    const stop = new AbortController()
    const collectedAt: number[] = []
    const readsAt: number[] = []
    const paced: number[] = []
    let reads = 0
    const readStream: EventStore['readStream'] = (stream, options) => {
      reads += 1
      return store.readStream(stream, options)
    }
    const pacing = async (events: number): Promise<void> => void paced.push(events)
    let arriving = Promise.resolve()
    try {
      await twoHistories(12)
      const progressed = ({ caughtUp }: Progress): void => {
        if (!caughtUp) return
        collectedAt.push(collected())
        readsAt.push(reads)
        if (collectedAt.length === 3) stop.abort()
        else arriving = arriving.then(() => arrive(ANNA, user(ANNA, '2', 20 + collectedAt.length)))
      }
      const inParts = { ...inBatchesOf(8, store), readStream }
      await runProjection(inParts, model, stop.signal, progressed, { tidiedAfter: 20, pacing })
      await arriving
    } finally {
      model.close()
      putBack()
    }
    expect(collectedAt).to.deep.equal([0, 1, 1])
    // Whoever is heard of first is read anew, and then known; nothing rests on the way.
    expect(readsAt.map((then) => then - (readsAt[0] ?? 0))).to.deep.equal([0, 1, 1])
    expect(paced).to.deep.equal([8, 1, 1])
    await expectWhatTheLogSays(ANNA, BERT)
  })

  /** How often the stream of a user was read while the log was projected, an event at a time, as it was written. */
  const readsWhileWritten = async (id: UserId): Promise<number> => {
    let reads = 0
    const counting: EventStore = {
      ...store,
      readStream: (stream, options) => {
        if (stream === `kyc-${id}`) reads += 1
        return store.readStream(stream, options)
      },
    }
    await projectToTheEnd(whileWritten(inBatchesOf(1, counting)), directory.path)
    return reads
  }

  it('reads the stream for what is late, and for nothing else of a user who was heard of lately', async () => {
    await arrive(ANNA, ...[50, 60, 10, 70, 20, 5].map((hour, index) => user(ANNA, index % 2 === 0 ? '2' : '1', hour)))
    expect(await readsWhileWritten(ANNA)).to.equal(4)
    await expectWhatTheLogSays(ANNA)
    expect(status(ANNA)).to.include({ events: 6, revision: 5 })
  })

  it('reads the stream once more when the history becomes a long one', async () => {
    for (let hour = 0; hour < 80; hour++) await arrive(ANNA, user(ANNA, hour % 2 === 0 ? '2' : '1', 100 + hour))
    expect(await readsWhileWritten(ANNA)).to.equal(2)
    await expectWhatTheLogSays(ANNA)
  })

  it('reads the stream for what is late of a user who hears events of nobody', async () => {
    await arrive(ANNA, document(ANNA, `of-${ANNA}-1`, 'PENDING', 2))
    await arrive(null, document(null, `of-${ANNA}-1`, 'VALIDATED', 3))
    await arrive(ANNA, user(ANNA, '2', 30), user(ANNA, '1', 10))
    expect(await readsWhileWritten(ANNA)).to.equal(3)
    await expectWhatTheLogSays(ANNA)
    expect(status(ANNA)).to.include({ events: 4, revision: 2 })
  })

  it('asks a server for the streams of users whom it does not know several at a time, and not all at once', async () => {
    const many = Array.from({ length: 60 }, (_, index) => userId(String(1000 + index)))
    for (const id of many) await arrive(id, user(id, '2', 1))
    let [open, most] = [0, 0]
    const slow: EventStore = {
      ...store,
      embedded: false,
      async *readStream(...args) {
        most = Math.max(most, ++open)
        await setTimeout(1)
        yield* store.readStream(...args)
        open -= 1
      },
    }
    await projectToTheEnd(slow, directory.path)
    await expectWhatTheLogSays(...many)
    expect(most).to.be.within(2, 16)
  })

  it('writes nothing of a user whose stream does not show yet what the log shows, and does so later', async () => {
    await arrive(ANNA, user(ANNA, '2', 0))
    await projectToTheEnd(store, directory.path)
    const before = body(ANNA)
    await arrive(ANNA, user(ANNA, '3', 1))
    const behind: EventStore = {
      ...store,
      async *readStream(stream, options) {
        for await (const event of store.readStream(stream, options)) if (event.revision === 0) yield event
      },
      idAt: async () => null,
    }
    expect(await projectToTheEnd(behind, directory.path).catch(String)).to.include(
      'does not hold what the log holds of it',
    )
    expect(body(ANNA)).to.equal(before)
    await projectToTheEnd(store, directory.path)
    await expectWhatTheLogSays(ANNA)
    expect(status(ANNA).status).to.equal('refused')
  })

  it('counts every event once when it dies after any batch, and goes on from there', async () => {
    await twoHistories(10)
    const dying = (before: number): EventStore => ({
      ...inBatchesOf(3, store),
      async *follow(after, signal) {
        let batches = 0
        for await (const batch of inBatchesOf(3, store).follow(after, signal)) {
          if (batches++ === before) throw new Error('dead')
          yield batch
        }
      },
    })
    for (let life = 0; life < 4; life++) {
      expect(await projectToTheEnd(dying(1), directory.path).catch(String)).to.equal('Error: dead')
      const done = reading(directory.path, (model) => JSON.parse(model.kycAnswer(ANNA)?.body ?? '{}').events)
      expect(done).to.be.greaterThan(life)
    }
    await projectToTheEnd(inBatchesOf(3, store), directory.path)
    await expectWhatTheLogSays(ANNA, BERT)
    expect(status(ANNA).events).to.equal(10)
  })

  it('writes rows and checkpoint together or neither: a failed commit leaves nothing', async () => {
    await arrive(ANNA, user(ANNA, '1', 0))
    await projectToTheEnd(store, directory.path)
    const before = body(ANNA)
    await arrive(ANNA, user(ANNA, '2', 1))
    await arrive(BERT, user(BERT, '2', 1))
    const failing = (model: ReadModelWriter): ReadModelWriter => ({
      ...model,
      commit: () => {
        throw new Error('no space left')
      },
    })
    expect(await projectToTheEnd(store, directory.path, failing).catch(String)).to.equal('Error: no space left')
    expect(body(ANNA)).to.equal(before)
    expect(body(BERT)).to.equal(null)
    await projectToTheEnd(store, directory.path)
    await expectWhatTheLogSays(ANNA, BERT)
  })

  it('gives nothing of what a batch changed to a later one, when that batch failed', async () => {
    await arrive(ANNA, user(ANNA, '1', 0), user(ANNA, '2', 1))
    let failures = 0
    const failingOnce = (model: ReadModelWriter): ReadModelWriter => ({
      ...model,
      commit: (...done) => {
        if (failures++ === 0) throw new Error('disk')
        model.commit(...done)
      },
    })
    await projectToTheEnd(inBatchesOf(1, store), directory.path, failingOnce).catch(String)
    await projectToTheEnd(inBatchesOf(1, store), directory.path, failingOnce)
    await expectWhatTheLogSays(ANNA)
  })

  it('refolds from the log a user of whom something is missing', async () => {
    await arrive(ANNA, user(ANNA, '1', 0), user(ANNA, '2', 1))
    await projectToTheEnd(store, directory.path)
    const db = new Database(readModelFile(directory.path))
    db.exec('DELETE FROM kyc_status')
    db.close()
    await arrive(ANNA, user(ANNA, '3', 2))
    await projectToTheEnd(store, directory.path)
    await expectWhatTheLogSays(ANNA)
    expect(status(ANNA).events).to.equal(3)
  })

  it('writes a row whole that went between two runs with one writer', async () => {
    const model = openReadModelWriter(readModelFile(directory.path))
    try {
      await arrive(ANNA, user(ANNA, '2', 0))
      await projectToTheEnd(store, directory.path, () => model)
      const db = new Database(readModelFile(directory.path))
      db.exec('DELETE FROM kyc_status')
      db.close()
      await arrive(ANNA, user(ANNA, '2', 1))
      await projectToTheEnd(store, directory.path, () => model)
      await expectWhatTheLogSays(ANNA)
      expect(status(ANNA).events).to.equal(2)
    } finally {
      model.close()
    }
  })

  it('refolds from the log when an event is late, also one from before all others', async () => {
    await arrive(ANNA, user(ANNA, '3', 5))
    await projectToTheEnd(store, directory.path)
    await arrive(ANNA, user(ANNA, '2', 4), user(ANNA, '1', 0))
    await projectToTheEnd(inBatchesOf(1, store), directory.path)
    await expectWhatTheLogSays(ANNA)
    expect(status(ANNA)).to.include({ status: 'refused', verified: false, events: 3 })
  })

  for (const [what, event, kind = 'unreadable-event'] of [
    ['of a format it does not know', { data: '{}', metadata: '{"format":2}' }],
    ['whose metadata is no JSON', { data: '{}', metadata: 'x' }],
    [
      'whose data is no JSON',
      { data: 'x', metadata: storedEvent(user(ANNA, '2', 9), { user: ANNA }).metadata },
      'event-altered',
    ],
    [
      'of which it makes nothing',
      storedEvent({ webhook: 'user.update', object_payload: { persons: [] } }, { user: ANNA }),
    ],
  ] as const) {
    it(`knows nothing for certain while the stream holds an event ${what}`, async () => {
      await arrive(ANNA, user(ANNA, '1', 0), user(ANNA, '2', 1))
      await append(`kyc-${ANNA}`, { data: event.data, metadata: event.metadata, eventId: 'not-readable' })
      await arrive(ANNA, user(ANNA, '1', 2), user(ANNA, '2', 3))
      await arrive(BERT, user(BERT, '2', 0))
      await projectToTheEnd(inBatchesOf(1, store), directory.path)
      await expectWhatTheLogSays(ANNA, BERT)
      expect(status(ANNA)).to.include({ status: 'unknown', verified: false, events: 5, revision: 4 })
      expect(status(ANNA).legacy.state).to.equal('validated')
      expect(status(ANNA).anomalies.filter((anomaly) => anomaly.kind === kind)).to.have.length(1)
      expect(status(BERT)).to.include({ status: 'validated', verified: true })
    })
  }

  describe('of a log that another one has taken the place of', () => {
    const replaceLog = async (...events: readonly (readonly [UserId, WebhookJson])[]): Promise<void> => {
      await store.close()
      store = right(await openSqliteEventStore({ file: join(directory.path, 'other.db') })())
      revisions.clear()
      for (const [id, webhook] of events) await arrive(id, webhook)
    }
    beforeEach(async () => {
      await arrive(ANNA, user(ANNA, '1', 0), user(ANNA, '2', 1))
      await arrive(BERT, user(BERT, '1', 0), user(BERT, '2', 1))
      await projectToTheEnd(store, directory.path)
      expect(status(BERT).verified).to.equal(true)
    })

    for (const [what, events] of [
      ['is empty', []],
      [
        'is a restored older state of it',
        [
          [ANNA, user(ANNA, '1', 0)],
          [ANNA, user(ANNA, '2', 1)],
          [BERT, user(BERT, '1', 0)],
        ],
      ],
      ['is longer', [0, 1, 2, 3, 4].map((hour) => [ANNA, user(ANNA, '3', hour)] as const)],
    ] as const) {
      it(`fails, says so and leaves everything as it is, when that one ${what}`, async () => {
        const bodies = [body(ANNA), body(BERT)]
        await replaceLog(...events)
        const told: Progress[] = []
        const failure = await projectToTheEnd(store, directory.path, undefined, undefined, told).catch(String)
        expect(failure).to.include('does not hold the last event of the read model')
        expect(told).to.deep.equal([{ position: null, caughtUp: false, replaced: true }])
        expect([body(ANNA), body(BERT)]).to.deep.equal(bodies)
      })
    }

    it('fails, if that one lacks what it had read ahead of its checkpoint', async () => {
      rmSync(readModelFile(directory.path))
      const firstEvent: EventStore = {
        ...store,
        async *follow(...args) {
          for await (const batch of inBatchesOf(1, store).follow(...args)) {
            yield batch
            throw new Error('dead')
          }
        },
      }
      expect(await projectToTheEnd(firstEvent, directory.path).catch(String)).to.equal('Error: dead')
      expect(status(ANNA)).to.include({ status: 'validated', events: 2 })
      await replaceLog([ANNA, user(ANNA, '1', 0)])
      expect(await projectToTheEnd(store, directory.path).catch(String)).to.include('does not hold the last event')
    })
  })

  describe('with events that make the code throw', () => {
    const bertsFifth = ({ stream, revision }: RecordedEvent): boolean => stream === `kyc-${BERT}` && revision === 4

    for (const [size, statesKept] of [
      [1, 100],
      [1, 1],
      [100, 100],
    ] as const) {
      it(`costs the user of such an event his certainty and nobody else (${size} at a time, ${statesKept} kept)`, async () => {
        await twoHistories(6)
        const failing = failingOn(bertsFifth, inBatchesOf(size, store))
        const told = await projectToTheEnd(failing, directory.path, undefined, statesKept)
        await expectWhatTheLogSays(ANNA)
        expect(status(BERT)).to.include({ status: 'unknown', verified: false, revision: 5 })
        expect(status(BERT).anomalies.map(({ kind, eventId }) => [kind, eventId])).to.deep.equal([
          ['unreadable-event', null],
        ])
        const listed = reading(directory.path, (model) =>
          model.users({
            status: null,
            reviewDueBefore: null,
            anomaly: 'unreadable-event',
            pendingSince: null,
            drift: null,
            after: null,
            limit: 10,
          }),
        )
        expect(listed).to.deep.equal([{ userId: BERT, status: 'unknown', since: null, nextReviewDate: null }])
        expect(told.map(({ stream, kind }) => [stream, kind])).to.deep.equal([[`kyc-${BERT}`, 'unreadable-event']])
        expect(told[0]?.reason)
          .to.match(/^TypeError at /)
          .and.not.include('what the event holds')
      })
    }

    it('is certain of him again when a version that does not fail on them has come to his next event', async () => {
      await twoHistories(3)
      await projectToTheEnd(
        failingOn(({ stream }) => stream === `kyc-${BERT}`, store),
        directory.path,
      )
      expect(status(BERT)).to.include({ status: 'unknown', revision: 2 })
      await arrive(BERT, user(BERT, '2', 9))
      await projectToTheEnd(store, directory.path)
      await expectWhatTheLogSays(ANNA, BERT)
      expect(status(BERT)).to.include({ status: 'validated' })
    })

    it('goes on behind an event of nobody, which is listed as one that cannot be read', async () => {
      await arrive(null, document(null, 'of-nobody-1', 'VALIDATED', 1))
      await arrive(ANNA, user(ANNA, '2', 2))
      const told = await projectToTheEnd(
        failingOn(({ stream }) => stream === 'kyc-unattributed', store),
        directory.path,
      )
      await expectWhatTheLogSays(ANNA)
      const unattributed = reading(directory.path, (model) => model.unattributed('unreadable-event', -1, 10))
      expect(unattributed.map(({ kind, revision }) => [kind, revision])).to.deep.equal([['unreadable-event', 0]])
      expect(told.map(({ stream }) => stream)).to.deep.equal(['kyc-unattributed'])
    })
  })

  it('believes nothing that stands in a part of the log which is not the one that was sealed, whoever it names', async () => {
    await arrive(ANNA, document(ANNA, `of-${ANNA}-a`, 'PENDING', 0))
    await arrive(BERT, user(BERT, '2', 1))
    const after = (await store.lastEvent())?.position ?? null
    await projectToTheEnd(store, directory.path)
    // Of somebody without an event there; of one with events there, by name; and of nobody.
    await arrive(null, document(null, `of-${ANNA}-a`, 'VALIDATED', 2))
    await arrive(userId('103'), user(userId('103'), '2', 3))
    await arrive(null, user(userId('103'), '3', 4), user(userId('104'), '2', 5))
    await projectToTheEnd(store, directory.path, undefined, undefined, [], { after })
    for (const id of [ANNA, userId('103'), userId('104')]) {
      expect(status(id), id).to.include({ status: 'unknown' })
      expect(status(id).anomalies.map(({ kind }) => kind)).to.deep.equal(['not-as-sealed'])
    }
    expect(status(BERT)).to.include({ status: 'validated' })
  })

  it("passes over streams that are nobody's", async () => {
    await append('kyc-unattributed', { eventId: 'u1', data: '{"object_payload":{"users":[]}}', metadata: 'x' })
    await append('kyc-007', { eventId: 'u2', data: '{}', metadata: '{}' })
    await arrive(ANNA, user(ANNA, '2', 0))
    await projectToTheEnd(store, directory.path)
    await expectWhatTheLogSays(ANNA)
    expect(reading(directory.path, (model) => model.kycAnswer(userId('007')))).to.equal(null)
  })

  describe('attributes an event that names a document and no user', () => {
    const own = (hour: number) => document(ANNA, `of-${ANNA}-a`, 'PENDING', hour)
    const orphan = (hour: number) => document(null, `of-${ANNA}-a`, 'VALIDATED', hour)

    for (const [when, arriving] of [
      [
        'after the document is known',
        [
          [ANNA, own(0)],
          [null, orphan(1)],
        ],
      ],
      [
        'before the document is known',
        [
          [null, orphan(1)],
          [ANNA, own(0)],
        ],
      ],
      [
        'late',
        [
          [ANNA, own(0)],
          [ANNA, user(ANNA, '1', 5)],
          [null, orphan(1)],
        ],
      ],
    ] as const) {
      for (const size of [1, 100]) {
        it(`that arrives ${when}, in batches of ${size}`, async () => {
          for (const [id, webhook] of arriving) await arrive(id, webhook)
          await projectToTheEnd(inBatchesOf(size, store), directory.path)
          await expectWhatTheLogSays(ANNA)
          expect(status(ANNA).documents.map(({ state }) => state)).to.deep.equal(['validated'])
          expect(reading(directory.path, (model) => model.unattributed('user-unknown', -1, 10))).to.deep.equal([])
        })
      }
    }

    /** Anna's second document arrives in the middle of the first read of her stream, and is validated without her name. */
    const projectWhileASecondDocumentComes = async (): Promise<void> => {
      const second = document(ANNA, `of-${ANNA}-b`, 'PENDING', 2)
      let reads = 0
      const growing: EventStore = {
        ...store,
        async *readStream(stream, options) {
          if (stream === `kyc-${ANNA}` && reads++ === 0) await arrive(ANNA, second)
          yield* store.readStream(stream, options)
        },
      }
      await projectToTheEnd(inBatchesOf(1, growing), directory.path)
      expect(reads).to.be.greaterThan(0)
      await arrive(null, document(null, `of-${ANNA}-b`, 'VALIDATED', 3))
      await projectToTheEnd(store, directory.path)
      await expectWhatTheLogSays(ANNA)
    }

    it('also when the document came into the stream while the user was being folded anew', async () => {
      await arrive(ANNA, own(0), user(ANNA, '1', 9))
      await arrive(null, orphan(1))
      await projectWhileASecondDocumentComes()
      expect(status(ANNA).documents.map(({ state }) => state)).to.deep.equal(['validated', 'validated'])
    })

    it('also when the document came into the stream between two such folds', async () => {
      await arrive(null, orphan(1))
      await arrive(ANNA, own(0))
      await projectWhileASecondDocumentComes()
    })
  })
})
