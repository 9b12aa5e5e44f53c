import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import fc from 'fast-check'
import { METADATA_FORMAT } from '../../domain/event/metadata.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { readIdentity } from '../../src/ledger/logIdentity.ts'
import { isOwnEvent } from '../../src/ledger/ownEvent.ts'
import { isShared } from '../../src/ledger/streams.ts'
import { ask, digestOf, ownLines, rawStreamIn } from '../fixtures/logs/answers.ts'
import { LATER_SECRET, LEFT_OPEN } from '../fixtures/logs/laterRuns.ts'
import { startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { ALL, askedAbout, expectAsBefore, withoutPlaces } from '../support/logs/answersThen.ts'
import { differences } from '../support/logs/differences.ts'
import { eventsOf, readingLog } from '../support/logs/logs.ts'
import {
  changesSince,
  eventsOfUsers,
  leftDirectory,
  type WrittenLog,
  writtenLogs,
} from '../support/logs/writtenLogs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import type { KycStatus, Taken } from '../support/service/answers.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { readyHere, sharedService } from '../support/service/service.ts'
import { kycReview, refusal, request, SECRET, validation } from '../support/webhooks/webhookBuilders.ts'

const writing = (name: string): string =>
  `npx node test/fixtures/logs/write.ts ${name} (see test/fixtures/logs/README.md)`

const BOTH_SECRETS = { TREEZOR_WEBHOOK_SECRET: `${SECRET},${LATER_SECRET}` }

const metadataOf = ({ metadata }: RecordedEvent): Readonly<Record<string, unknown>> => JSON.parse(metadata)

const statusThen = ({ answers }: WrittenLog, user: string): KycStatus =>
  answers.answers.find(({ question }) => question === `/users/${user}/kyc`)?.body as KycStatus

/** The texts of webhooks that speak of several users, by the stream in which each stands whole. */
const wholesIn = async (store: EventStore): Promise<ReadonlyMap<string, string>> =>
  new Map((await eventsOf(store)).flatMap(({ stream, data }) => (isShared(stream) ? [[stream, data]] : [])))

/** Tables and version of a database. */
const schemaOf = (file: string): unknown => {
  const db = new Database(file, { readonly: true })
  try {
    const objects = db.prepare<[], { name: string; sql: string | null }>('SELECT name, sql FROM sqlite_schema').all()
    const texts = objects.map(({ name, sql }) => `${name}: ${sql?.replaceAll(/\s+/g, ' ')}`)
    return [db.pragma('user_version', { simple: true }), ...texts.sort()]
  } finally {
    db.close()
  }
}

describe('what is stored', () => {
  it('was kept in every format that there ever was', () => {
    const kept = new Set(writtenLogs.map(({ format }) => format))
    for (let format = 1; format <= METADATA_FORMAT; format++) {
      expect([...kept], `no log of format ${format} is kept: write it with ${writing(`format-${format}`)}`).to.include(
        format,
      )
    }
  })

  it('was kept in the tables of today', async () => {
    const service = await readyHere()
    await service.stop()
    const tables = (directory: string) => ['events.db', 'journal.db'].map((name) => schemaOf(join(directory, name)))
    const today = tables(service.directory)
    const newest = writtenLogs.filter(({ format }) => format === METADATA_FORMAT)
    expect(
      newest.some((log) => isDeepStrictEqual(tables(leftDirectory(log)), today)),
      `events.db or journal.db has other tables: keep them as well, with ${writing(`format-${METADATA_FORMAT}-<what is new>`)}`,
    ).to.equal(true)
  })
})

/**
 * To a store events are texts, and a newer format is seen by its number, whatever stands before it: that with the most kinds of
 * events stands for all.
 */
const standsForAll = ({ name }: WrittenLog): boolean => process.env['KYC_LARGE'] === '1' || name === 'format-4-observed'

/** The events of one are those of another told again: what is new is in its journal alone. */
const hasEventsOfItsOwn = ({ name }: WrittenLog): boolean =>
  process.env['KYC_LARGE'] === '1' || name !== 'format-4-sources'

for (const log of writtenLogs) {
  const users = askedAbout(log)
  const raw = log.answers.answers.filter(({ question }) => rawStreamIn(question) !== null)

  describe(`a log as a release left it, ${log.name}`, () => {
    // What is older than a month would go from its journal.
    const service = sharedService({ ...BOTH_SECRETS, JOURNAL_DAYS: '3650' }, () => leftDirectory(log))

    for (const user of users) {
      it(`answers about ${user === ALL ? 'all users' : `user ${user}`} as that version did, but for what is listed`, () =>
        expectAsBefore(service(), log, user))
    }

    it('gives every event byte for byte as that version gave it', async () => {
      for (const before of raw) {
        const lines = ownLines(await ask(service().get, before.question))
        if (before.lines !== undefined) expect(lines).to.deep.equal(before.lines)
        expect(lines.map(digestOf)).to.deep.equal(before.digests ?? before.lines?.map(digestOf))
      }
    })

    it('holds webhooks of one format alone, and reads every one of them', async () => {
      const events = await eventsOfUsers(service().directory)
      expect(events).to.have.length.greaterThan(150)
      const webhooks = events.filter((event) => !isOwnEvent(event))
      expect(new Set(webhooks.map((event) => metadataOf(event)['format']))).to.deep.equal(new Set([log.format]))
      for (const user of users) {
        if (user === ALL) continue
        const { anomalies, revision } = await service().kyc(user)
        const own = events.filter(({ stream }) => stream === `kyc-${user}`)
        const ids = own.map(({ eventId }) => eventId)
        const unreadIn = (all: KycStatus['anomalies']): readonly string[] =>
          all.flatMap(({ kind, eventId }) => (kind === 'unreadable-event' && ids.includes(eventId) ? [eventId] : []))
        expect(revision, user).to.equal(own.length - 1)
        expect(unreadIn(anomalies), user).to.deep.equal(unreadIn(statusThen(log, user).anomalies))
      }
    })

    it('is the log that it was, and gets an identity if it had none', async () => {
      const identity = await readingLog(service().directory, readIdentity)
      if (log.answers.log !== undefined) expect(identity).to.deep.equal(log.answers.log)
      else expect(identity).to.include({ generation: 0, losses: 0 })
    })

    it('is replayed to the same', async () => {
      const ended = await kycHere(service().directory, ['replay', '--dry-run'])
      expect(ended.code, ended.stderr).to.equal(0)
      expect(ended.stdout).to.include('the rebuilt read model is the same, row by row')
    })

    it('has changes listed of users whom somebody asked for, each with its reason', async () => {
      const { EVERYWHERE, CHANGED } = await changesSince(log)
      expect(users).to.include.members(Object.keys(CHANGED))
      for (const { why } of [...EVERYWHERE, ...Object.values(CHANGED).flat()]) expect(why).to.match(/\w+ \w+/)
    })

    describe('its journal', () => {
      it('holds what was refused then', () => {
        const rows = service().journal()
        expect(rows).to.have.length(log.journal.length)
        for (const [index, kept] of log.journal.entries()) {
          const row = rows[index]
          expect({ ...row, body: row?.body.toString('latin1') }).to.deep.include(kept)
        }
      })

      it('has it submitted again as what was received then', async () => {
        const open = log.journal.find(({ body }) => body.includes(`"userId":"${LEFT_OPEN}"`))
        const ended = await kycHere(service().directory, ['journal', 'resubmit', String(open?.id)], {
          KYC_URL: service().url,
        })
        expect(ended.code, ended.stderr).to.equal(0)
        const event = await eventually('it is appended', async () => (await service().events(LEFT_OPEN))[0] ?? null)
        expect(event.metadata).to.include({ format: METADATA_FORMAT, receivedAt: open?.receivedAt })
      })
    })

    if (hasEventsOfItsOwn(log))
      describe('new deliveries on it', () => {
        it('knows what was recorded then when it is delivered again', async () => {
          // Without id and time, nothing tells one delivery from another.
          const isTold = (event: RecordedEvent): boolean => {
            const { webhookCreatedAt, webhookId } = metadataOf(event)
            return !isOwnEvent(event) && webhookCreatedAt !== null && webhookId !== null
          }
          const told = (await eventsOfUsers(service().directory)).filter(isTold)
          expect(told).to.have.length.greaterThan(100)
          const wholes = await readingLog(service().directory, wholesIn)
          for (const event of told) {
            const { stream, revision, position, eventId, data } = event
            const { whole } = metadataOf(event) as { readonly whole?: { readonly stream: string } | null }
            // Of a webhook that speaks of several users the provider has signed all of it.
            const body = whole === null || whole === undefined ? data : wholes.get(whole.stream)
            const answer = (await (await service().post(body)).json()) as Taken
            expect(answer.events).to.deep.include({ stream, revision, position, eventId })
          }
        })

        it('folds new events on top of old ones', async () => {
          expect((await service().kyc('1001')).status).to.equal('validated')
          await service().deliver(refusal('1001', { createdAt: Date.now() * 10 }))
          expect(await service().kyc('1001')).to.include({ status: 'refused', verified: false, events: 5, revision: 4 })
          await service().deliver(
            kycReview('result', '1009', { createdAt: Date.now() * 10 }, { kycReview: 3, kycStatus: 'REFUSED' }),
          )
          expect(await service().kyc('1009')).to.include({ status: 'refused', verified: false, events: 5, revision: 4 })
        })
      })
  })

  const ofCopies = (): void => {
    const expectSameFrom = async (store: string): Promise<void> => {
      const source = `sqlite:${join(leftDirectory(log), 'events.db')}`
      const ended = await kycHere(newDirectory(), ['copy', '--from', source, '--to', store])
      expect(ended.code, ended.stderr).to.equal(0)
      expect(ended.stdout).to.match(/^(\d+) events copied, \1 compared: the same$/m)
      const service = await readyHere(newDirectory(), { EVENT_STORE: store })
      for (const user of users) await expectAsBefore(service, log, user, withoutPlaces)
      await service.stop()
    }

    it('in another embedded store answers the same', () =>
      expectSameFrom(`sqlite:${join(newDirectory(), 'events.db')}`))

    it('in EventStoreDB answers the same', async () => {
      const server = await startEventStoreDb()
      try {
        await expectSameFrom(server.connectionString)
      } finally {
        await server.stop()
      }
    })
  }
  if (standsForAll(log)) describe(`a copy of ${log.name}`, ofCopies)

  if (!standsForAll(log)) continue

  describe(`an event of a format newer than this version, in ${log.name}`, () => {
    const USER = '1001'
    const EVENT_ID = '00000000-0000-5000-8000-000000000003'
    const NEWER = METADATA_FORMAT + 1
    const directory = leftDirectory(log)

    before(async () => {
      const last = (await eventsOfUsers(directory)).findLast(({ stream }) => stream === `kyc-${USER}`)
      if (last === undefined) throw new Error(`${log.name} holds nothing about user ${USER}`)
      const metadata = JSON.stringify({ ...metadataOf(last), format: NEWER, payloadHash: '0'.repeat(64) })
      const db = new Database(join(directory, 'events.db'))
      db.prepare(
        `INSERT INTO events (stream, revision, event_id, type, data, metadata)
       VALUES (?, ?, ?, 'user.kycreview', ?, ?)`,
      ).run(last.stream, last.revision + 1, EVENT_ID, last.data, metadata)
      db.close()
    })
    const service = sharedService({}, () => directory)

    it('makes its user unknown, and says so', async () => {
      const { status, verified, anomalies, revision } = await service().kyc(USER)
      expect({ status, verified, revision }).to.deep.equal({ status: 'unknown', verified: false, revision: 4 })
      expect(anomalies.filter(({ eventId }) => eventId === EVENT_ID).map(({ kind }) => kind)).to.deep.equal([
        'unreadable-event',
      ])
      const found = await (await service().get('/users?anomaly=unreadable-event')).json()
      expect((found as { users: { userId: string }[] }).users.map(({ userId }) => userId)).to.include(USER)
    })

    it('is there to be read raw, in the format in which it was written', async () => {
      const event = (await service().events(USER)).at(-1)
      expect(event).to.include({ eventId: EVENT_ID, revision: 4 })
      expect(event?.metadata).to.include({ format: NEWER })
    })

    it('leaves everybody else as before', async () => {
      for (const user of users) if (user !== USER && user !== ALL) await expectAsBefore(service(), log, user)
    })

    it('stops no delivery, and no later one makes its user known again', async () => {
      await service().deliver(request(USER, { createdAt: Date.now() * 10 }))
      await service().deliver(validation(USER, { createdAt: Date.now() * 10 }))
      expect(await service().kyc(USER)).to.include({ status: 'unknown', verified: false, revision: 6 })
      await service().deliver(refusal('1002', { createdAt: Date.now() * 10 }))
      expect(await service().kyc('1002')).to.include({ status: 'refused', revision: 4 })
    })
  })
}

describe('the comparison of answers', () => {
  const element = fc.record(
    { kind: fc.constantFrom('a', 'b'), eventId: fc.constantFrom('1', '2', null), detail: fc.jsonValue() },
    { requiredKeys: ['kind'] },
  )
  /** As a value is once it was sent. */
  const sent = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
  const json = fc.oneof(fc.jsonValue(), fc.array(element), fc.record({ events: fc.array(element) })).map(sent)

  it('finds a difference wherever there is one, and nowhere else', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(differences(a, a)).to.deep.equal([])
        expect(differences(a, b).length === 0).to.equal(isDeepStrictEqual(a, b))
      }),
    )
  })
})
