import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import { fromMilliseconds, type Instant } from '../../domain/instant.ts'
import { KYC_STATUS } from '../../projections/kycStatus.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import type { NewEvent, Position } from '../../src/eventStore/recordedEvent.ts'
import { CLOCK_CORRECTED } from '../../src/ledger/clockCorrected.ts'
import { appendToKycLog } from '../../src/ledger/kycLog.ts'
import { establishIdentity, type LogIdentity } from '../../src/ledger/logIdentity.ts'
import { recordMeaning } from '../../src/ledger/meaning.ts'
import { writeChangeId } from '../../src/readModel/changeId.ts'
import { type Node, openNode } from '../support/changes/node.ts'
import { appendOwn, observed, released } from '../support/events/ownEvents.ts'
import { instant } from '../support/events/storedEvents.ts'
import { openPipeline, type Pipeline } from '../support/pipeline/pipeline.ts'
import { right } from '../support/right.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporaryDirectory.ts'
import type { WebhookJson } from '../support/webhooks/documentedWebhooks.ts'
import { day, user } from '../support/webhooks/plainWebhooks.ts'
import { at as createdAt } from '../support/webhooks/webhookBuilders.ts'

const now = () => fromMilliseconds(0)
const FORMER = KYC_STATUS.version - 1
const ALL = 100_000

const kyc = (kycStatus: string, dates: object, at: string): WebhookJson => ({
  webhook: 'kycreview.result',
  webhook_id: `${kycStatus} ${at}`,
  webhook_created_at: createdAt(at),
  object_id: '42',
  object_payload: { userId: 42, kycStatus, kycReviewType: 'ONBOARDING', nextReviewDate: null, ...dates },
})

describe('when what is told of users changed', () => {
  let pipeline: Pipeline
  let directory: TemporaryDirectory
  let identity: LogIdentity
  let node: Node
  beforeEach(async () => {
    pipeline = await openPipeline()
    directory = await temporaryDirectory()
    identity = await establishIdentity(pipeline.store, now)
    node = openNode(() => pipeline.store, identity, directory.path, 'node')
  })
  afterEach(async () => {
    node.close()
    await pipeline.close()
    await directory.remove()
  })

  const says = async (user: string, review: string, at: string): Promise<Position> => {
    const outcome = await pipeline.deliver({
      webhook: 'user.kycreview',
      webhook_id: `${user} ${review} ${at}`,
      webhook_created_at: createdAt(at),
      object_id: user,
      object_payload: { users: [{ userId: user, kycReview: review }] },
    })
    return ('events' in outcome ? outcome.events.at(-1)?.position : undefined) ?? ''
  }
  const catchUp = (): Promise<void> => node.advance(ALL, 1)
  const told = (after: string | null): readonly string[] => node.changes(after).map(({ userId }) => userId)
  const isRefused = (): string => {
    const changes = node.reader().changes(null, 10)
    return E.isLeft(changes) ? changes.left : 'told'
  }
  /** An id that another node gave, which had told everything up to a position. */
  const ofAnother = (at: Position): string =>
    writeChangeId({ ...identity, opening: 'another1' }, { at, n: 1, whole: at })
  /** Makes the file one that the former version made, and told by. */
  const asFormer = (change: (db: Database.Database) => void): void => {
    const db = new Database(join(directory.path, 'node.db'))
    db.prepare('UPDATE checkpoint SET version = ?').run(FORMER)
    change(db)
    db.close()
  }

  it('stands at the event that changed it, and through what changes nothing of it', async () => {
    await recordMeaning(pipeline.store, KYC_STATUS.version, now)
    await says('1', '1', '2025-01-01T00:00:00Z')
    const second = await says('2', '1', '2025-01-02T00:00:00Z')
    await catchUp()
    const validated = await says('1', '2', '2025-01-03T00:00:00Z')
    await catchUp()
    await says('1', '2', '2025-01-04T00:00:00Z')
    await catchUp()
    expect(
      node.changes(null).map(({ userId, status, since, position }) => [userId, status, since, position]),
    ).to.deep.equal([
      ['2', 'pending', '2025-01-02T00:00:00.000Z', second],
      ['1', 'validated', '2025-01-03T00:00:00.000Z', validated],
    ])
    const [first, last] = node.changes(null)
    expect(told(first?.id ?? '')).to.deep.equal(['1'])
    expect(told(last?.id ?? '')).to.deep.equal([])
    // From a position on, a place to begin.
    expect(told(second)).to.deep.equal(['2', '1'])
    expect(told(validated)).to.deep.equal(['1'])
  })

  it('stands at what the provider answered, and at a release, once for each that changed it', async () => {
    await recordMeaning(pipeline.store, KYC_STATUS.version, now)
    await says('1', '2', '2025-01-03T00:00:00Z')
    await says('2', '2', '2025-01-03T00:00:00Z')
    await says('2', '3', '2025-01-04T00:00:00Z')
    await says('2', '2', '2025-01-05T00:00:00Z')
    await catchUp()
    const write = async (user: string, ...events: readonly NewEvent[]) => {
      const before = told(null)
      const position = await appendOwn(pipeline.store, user, ...events)
      await catchUp()
      const { userId, status, since, position: at } = node.changes(null).at(-1) ?? expect.fail()
      expect(told(null)).to.have.members(before)
      return { is: [userId, status, since], isHere: at === position }
    }
    const on = (day: number) => instant(`2030-01-0${day}T00:00:00Z`)
    const [refused, validated] = [
      { kycReview: '3', kycLevel: '4' },
      { kycReview: '2', kycLevel: '2' },
    ]
    expect(await write('1', observed('1', refused, on(2)))).to.deep.equal({
      is: ['1', 'refused', '2030-01-02T00:00:00.000Z'],
      isHere: true,
    })
    // Another level, and no other status.
    expect(await write('1', observed('1', { ...refused, kycLevel: '0' }, on(3)))).to.deep.equal({
      is: ['1', 'refused', '2030-01-02T00:00:00.000Z'],
      isHere: false,
    })
    expect(await write('1', observed('1', validated, on(4)))).to.deep.equal({
      is: ['1', 'validated', '2030-01-04T00:00:00.000Z'],
      isHere: true,
    })
    const [, , echo = expect.fail()] = await Array.fromAsync(pipeline.store.readStream('kyc-2'))
    const confirming = observed('2', { kycReview: '2' }, on(5))
    const release = released(echo, { observation: confirming.eventId }, on(5))
    expect(await write('2', confirming, release)).to.deep.equal({
      is: ['2', 'validated', '2030-01-05T00:00:00.000Z'],
      isHere: true,
    })
  })

  it('leads on exactly behind an id in the same read model, and in another from the last place that is certain', async () => {
    await recordMeaning(pipeline.store, KYC_STATUS.version, now)
    for (const user of ['1', '2', '3']) await says(user, '1', '2025-01-01T00:00:00Z')
    await catchUp()
    const [one, two] = node.changes(null)
    expect(told(two?.id ?? '')).to.deep.equal(['3'])
    node.reopen()
    expect(told(two?.id ?? '')).to.deep.equal(['2', '3'])
    node.lose()
    await catchUp()
    expect(told(one?.id ?? '')).to.deep.equal(['1', '2', '3'])
    // A page that did not reach the end says nothing of what comes behind it.
    const [cut] = node.changes(null, 1)
    node.reopen()
    expect(told(cut?.id ?? '')).to.deep.equal(['1', '2', '3'])
  })

  it('is told of a user whose stream was read ahead once the log has come so far, though another node told what was between', async () => {
    await recordMeaning(pipeline.store, KYC_STATUS.version, now)
    await says('1', '1', '2025-01-01T00:00:00Z')
    const between = await says('2', '1', '2025-01-01T00:00:00Z')
    await says('1', '2', '2025-01-02T00:00:00Z')
    await node.advance(4, 10)
    // He is read to the end, and told where the log has him so.
    expect(told(null)).to.deep.equal(['2'])
    const [two] = node.changes(null)
    // Nobody was told of him yet: elsewhere it begins where he did.
    const other = openNode(() => pipeline.store, identity, directory.path, 'other')
    await other.advance(4, 1)
    expect(two?.position).to.equal(between)
    await other.advance(ALL, 1)
    expect(other.changes(two?.id ?? '').map(({ userId }) => userId)).to.include('1')
    other.close()
    await catchUp()
    expect(told(two?.id ?? '')).to.deep.equal(['1'])
  })

  describe('is told to whoever comes from a node that was brought on event by event', () => {
    let exact: Node
    let known: string
    beforeEach(async () => {
      await recordMeaning(pipeline.store, KYC_STATUS.version, now)
      exact = openNode(() => pipeline.store, identity, directory.path, 'exact')
    })
    afterEach(() => exact.close())
    const arrives = async (webhook: WebhookJson, receivedAt?: Instant): Promise<void> => {
      await pipeline.deliver(webhook, receivedAt)
      await exact.advance(ALL, 1)
      known = exact.changes(null).at(-1)?.id ?? ''
    }
    const statuses = (after: string): readonly string[] =>
      node.changes(after).map(({ userId, status, since }) => `${userId} ${status} ${since?.slice(0, 10)}`)

    it('where a stream that was read ahead has come back to what was told of it before', async () => {
      await arrives(kyc('PENDING', { lastRequestDatetime: '2024-06-01T00:00:00Z' }, day(1)))
      await catchUp()
      expect(statuses(known)).to.deep.equal(['42 pending 2024-06-01'])
      await arrives(kyc('VALIDATED', { lastReviewDatetime: '2024-06-02T00:00:00Z' }, day(5)))
      expect(exact.changes(null).map(({ status }) => status)).to.deep.equal(['validated'])
      const validated = known
      // A review that is dated later was told of before: the validation is of an older one.
      await pipeline.deliver(kyc('PENDING', { lastReviewDatetime: '2024-06-03T00:00:00Z' }, day(3)))
      await catchUp()
      expect(statuses(validated)).to.deep.equal(['42 pending 2024-06-01'])
    })

    it('where a correction of a clock was known before the log came to it', async () => {
      const early = (Date.parse('2024-06-05T09:00:00Z') * 1000) as Instant
      await arrives(user('2', '2024-06-06T09:00:00.000Z'), early)
      await says('7', '1', '2024-06-02T00:00:00Z')
      await exact.advance(ALL, 1)
      const seven = exact.changes(null).at(-1)?.id ?? ''
      expect(exact.changes(null).map(({ since }) => since?.slice(0, 10))).to.deep.equal(['2024-06-05', '2024-06-02'])
      const [event] = (await pipeline.userEvents('42' as UserId)).own
      const place = {
        stream: event?.stream,
        revision: event?.revision,
        eventId: event?.eventId,
        position: event?.position,
      }
      await appendToKycLog(pipeline.store, {
        type: CLOCK_CORRECTED,
        data: { generation: 0, range: { first: place, last: place }, leaps: [], author: 'ops', reason: 'behind' },
        recordedAt: (Date.parse('2024-06-07T00:00:00Z') * 1000) as Instant,
      })
      await catchUp()
      expect(statuses(seven)).to.deep.equal(['7 pending 2024-06-02', '42 validated 2024-06-06'])
    })

    it('where an event shows something else than was received, to that node alone', async () => {
      await arrives(user('2', day(1)))
      await says('7', '1', '2024-06-02T00:00:00Z')
      await exact.advance(ALL, 1)
      const seven = exact.changes(null).at(-1)?.id ?? ''
      node.close()
      const altered: EventStore = {
        ...pipeline.store,
        readStream: async function* (...asked) {
          for await (const event of pipeline.store.readStream(...asked))
            yield event.stream === 'kyc-42' ? { ...event, hasPayload: () => false } : event
        },
      }
      node = openNode(() => altered, identity, directory.path, 'node')
      await catchUp()
      expect(statuses(seven)).to.deep.equal(['42 unknown undefined', '7 pending 2024-06-02'])
      const [first] = node.changes(seven)
      expect(statuses(first?.id ?? '')).to.deep.equal(['7 pending 2024-06-02'])
      // In pages of one as well.
      expect(node.changes(seven, 1).map(({ userId }) => userId)).to.deep.equal(['42'])
      expect(node.changes(first?.id ?? '', 1).map(({ userId }) => userId)).to.deep.equal(['7'])
    })
  })

  it('is told by a node that stands exact to whoever comes from one that has read ahead of the log, or in the middle of a page', async () => {
    await recordMeaning(pipeline.store, KYC_STATUS.version, now)
    const exact = openNode(() => pipeline.store, identity, directory.path, 'exact')
    for (const [user, at] of [
      ['1', 1],
      ['2', 2],
      ['1', 3],
    ] as const) {
      await says(user, '1', `2025-01-0${at}T00:00:00Z`)
      await exact.advance(ALL, 1)
    }
    expect(exact.changes(null).map(({ userId }) => userId)).to.deep.equal(['1', '2'])
    // The third event changes nothing; who has read it with the first stands where it does.
    await node.advance(4, 10)
    expect(told(null)).to.deep.equal(['2'])
    const [ahead] = node.changes(null)
    expect(exact.changes(ahead?.id ?? '').map(({ userId }) => userId)).to.include('1')
    await catchUp()
    expect(told(null)).to.deep.equal(['2', '1'])
    const [cut] = node.changes(null, 1)
    expect(exact.changes(cut?.id ?? '').map(({ userId }) => userId)).to.include('1')
    exact.close()
  })

  it('is told by a node that stands exact to whoever was not told of it here before it counted as changed once more', async () => {
    await recordMeaning(pipeline.store, KYC_STATUS.version, now)
    const exact = openNode(() => pipeline.store, identity, directory.path, 'exact')
    for (const [user, review, at] of [
      ['1', '2', 1],
      ['2', '1', 2],
      ['1', '2', 3],
      ['1', '2', 4],
    ] as const) {
      await says(user, review, `2025-01-0${at}T00:00:00Z`)
      await exact.advance(ALL, 1)
      if (at === 2) await catchUp()
    }
    // Neither of the last two changes anything; whoever reads both at once cannot know.
    await node.advance(ALL, 10)
    expect(told(null)).to.deep.equal(['2', '1'])
    const [two] = node.changes(null)
    expect(exact.changes(two?.id ?? '').map(({ userId }) => userId)).to.include('1')
    exact.close()
  })

  it('is told by a node that stands exact to whoever comes from one that read ahead of the record of a version', async () => {
    await recordMeaning(pipeline.store, FORMER, now)
    const exact = openNode(() => pipeline.store, identity, directory.path, 'exact')
    await says('1', '2', '2025-01-01T00:00:00Z')
    await catchUp()
    await exact.advance(ALL, 1)
    await recordMeaning(pipeline.store, KYC_STATUS.version, now)
    for (const [user, review, at] of [
      ['2', '1', 2],
      ['1', '2', 3],
      ['1', '2', 4],
    ] as const) {
      await says(user, review, `2025-01-0${at}T00:00:00Z`)
      await exact.advance(ALL, 1)
    }
    await node.advance(3, 3)
    expect(told(null)).to.deep.equal(['2'])
    const [two] = node.changes(null)
    expect(exact.changes(two?.id ?? '').map(({ userId }) => userId)).to.include('1')
    exact.close()
  })

  it('is told of a doubt that comes up where the log stands still, to whoever has come so far, by whatever', async () => {
    const altered = new Set<string>()
    const showing: EventStore = {
      ...pipeline.store,
      readStream: async function* (...asked) {
        for await (const event of pipeline.store.readStream(...asked))
          yield altered.has(event.stream) ? { ...event, hasPayload: () => false } : event
      },
    }
    node.close()
    node = openNode(() => showing, identity, directory.path, 'node')
    await recordMeaning(pipeline.store, KYC_STATUS.version, now)
    for (const user of ['1', '2', '3']) await says(user, '2', '2025-01-01T00:00:00Z')
    await catchUp()
    const end = right(node.reader().changesEnd()) ?? ''
    const position = node.changes(null).at(-1)?.position ?? ''
    expect(told(end)).to.deep.equal([])
    const doubts = async (user: string): Promise<void> => {
      altered.add(`kyc-${user}`)
      await node.advance(0, 1, [user as UserId])
    }
    await doubts('1')
    expect(told(end)).to.deep.equal(['1'])
    expect(told(position)).to.include('1')
    // One who was told halfway, and goes to a node that has no such doubt, is told there what he was not told of here.
    const exact = openNode(() => pipeline.store, identity, directory.path, 'exact')
    await exact.advance(ALL, 1)
    const [two] = node.changes(null)
    expect(two?.userId).to.equal('2')
    expect(exact.changes(two?.id ?? '').map(({ userId }) => userId)).to.include('1')
    exact.close()
    // One who comes from a node that is ahead is told of each as it comes up.
    const [one] = node.changes(ofAnother(position.replace(/.$/, 'f')))
    expect(one).to.include({ userId: '1', status: 'unknown' })
    await doubts('2')
    expect(told(one?.id ?? '')).to.deep.equal(['2'])
  })

  it('is numbered anew by each record of a version, so that a hundred of them number it no further than it was told', async () => {
    for (const user of ['1', '2']) await says(user, '1', '2025-01-01T00:00:00Z')
    for (let times = 0; times < 100; times += 1) {
      await recordMeaning(pipeline.store, FORMER, now)
      await recordMeaning(pipeline.store, KYC_STATUS.version, now)
    }
    await node.advance(ALL, 1000)
    expect(node.changes(null).map(({ key }) => key.split('.')[1])).to.deep.equal(['201', '202'])
    const [one, two] = node.changes(null)
    expect(told(one?.id ?? '')).to.deep.equal(['2'])
    expect(told(two?.id ?? '')).to.deep.equal([])
  })

  it('is not told before a version says that it tells, and not while another one does', async () => {
    await says('1', '1', '2025-01-01T00:00:00Z')
    await catchUp()
    expect(isRefused()).to.equal('other-meaning')
    expect(await recordMeaning(pipeline.store, KYC_STATUS.version, now)).to.equal(true)
    expect(await recordMeaning(pipeline.store, KYC_STATUS.version, now)).to.equal(false)
    await catchUp()
    expect(isRefused()).to.equal('told')
    const [one] = node.changes(null)
    await recordMeaning(pipeline.store, KYC_STATUS.version + 1, now)
    await catchUp()
    expect(isRefused()).to.equal('other-meaning')
    // Whoever was told by the other one meanwhile is told everything once more.
    await recordMeaning(pipeline.store, KYC_STATUS.version, now)
    await catchUp()
    expect(told(one?.id ?? '')).to.deep.equal(['1'])
  })

  it('is, after an upgrade, where the new version begins, of those of whom it tells something else or who were heard of', async () => {
    await recordMeaning(pipeline.store, FORMER, now)
    for (const user of ['1', '2', '3']) await says(user, '1', '2025-01-01T00:00:00Z')
    const before = await says('4', '1', '2025-01-01T00:00:00Z')
    await catchUp()
    node.close()
    asFormer((db) => db.prepare("UPDATE kyc_status SET status = 'refused' WHERE user_id = '2'").run())
    await says('3', '1', '2025-02-01T00:00:00Z')
    await recordMeaning(pipeline.store, KYC_STATUS.version, now)
    node = openNode(() => pipeline.store, identity, directory.path, 'node')
    await catchUp()
    expect(told(ofAnother(before)).toSorted()).to.deep.equal(['2', '3', '4'])
    expect(node.changes(null)).to.have.length(4)

    // Of what is not known any more everybody is told.
    node.lose()
    await catchUp()
    expect(told(ofAnother(before)).toSorted()).to.deep.equal(['1', '2', '3', '4'])
  })

  it('tells nobody anew after an upgrade from a version that told nobody', async () => {
    const before = await says('1', '1', '2025-01-01T00:00:00Z')
    const two = await says('2', '1', '2025-01-01T00:00:00Z')
    await catchUp()
    node.close()
    asFormer((db) => db.exec('DROP TABLE change; DROP TABLE feed'))
    await recordMeaning(pipeline.store, KYC_STATUS.version, now)
    node = openNode(() => pipeline.store, identity, directory.path, 'node')
    await catchUp()
    expect(node.changes(null).map(({ position }) => position)).to.deep.equal([before, two])
  })

  it('knows an id of another log, or of this one before a loss, for what it is', async () => {
    await recordMeaning(pipeline.store, KYC_STATUS.version, now)
    const at = await says('1', '1', '2025-01-01T00:00:00Z')
    await catchUp()
    const answerTo = (after: string): unknown => {
      const changes = node.reader().changes(after, 10)
      return E.isLeft(changes) ? changes.left : changes.right.length
    }
    const id = { at, n: 1, whole: at }
    expect(answerTo(writeChangeId({ ...identity, opening: 'another1' }, id))).to.equal(1)
    for (const origin of [{ losses: 1 }, { generation: 1 }, { logId: 'ffffffff-0000' }])
      expect(answerTo(writeChangeId({ ...identity, ...origin, opening: 'another1' }, id))).to.equal('foreign-id')
    for (const text of ['x', '1', `${at}.`, `${at}-${at}`, `${at}.1.2`])
      expect(answerTo(text), text).to.equal('foreign-id')
  })

  it('is where he was erased, for good', async () => {
    await recordMeaning(pipeline.store, KYC_STATUS.version, now)
    await says('1', '2', '2025-01-01T00:00:00Z')
    await says('2', '2', '2025-01-01T00:00:00Z')
    await catchUp()
    const two = node.changes(null).at(-1)
    await pipeline.erase('1' as UserId)
    await catchUp()
    const [erased, ...others] = node.changes(two?.id ?? '')
    expect(others).to.deep.equal([])
    expect(erased).to.include({ userId: '1', status: 'erased', nextReviewDate: null })
    expect(erased?.since).to.match(/^\d{4}-/)
    node.lose()
    await catchUp()
    expect(node.changes(null).map(({ userId, status, since }) => [userId, status, since])).to.deep.equal([
      ['2', 'validated', '2025-01-01T00:00:00.000Z'],
      ['1', 'erased', erased?.since],
    ])
  })
})
