import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import fc from 'fast-check'
import type { Answer, Answers } from '../fixtures/logs/answers.ts'
import type { ChangedField, Subject } from '../fixtures/logs/changes.ts'
import { CHANGED, EVERYWHERE } from '../fixtures/logs/format-1/changed.ts'
import { type Difference, differences } from '../support/differences.ts'
import { type EventJson, newDirectory, type Service, startService, type Taken } from '../support/service.ts'
import { kycReview, refusal, request, validation } from '../support/webhookBuilders.ts'

const LOG = new URL('../fixtures/logs/format-1/', import.meta.url)
const { answers } = JSON.parse(readFileSync(new URL('answers.json', LOG), 'utf8')) as Answers

/** A data directory whose log is a copy of the old one. */
const copyOfLog = (): string => {
  const directory = newDirectory()
  copyFileSync(fileURLToPath(new URL('events.db', LOG)), join(directory, 'events.db'))
  return directory
}

const ask = async (service: Service, { question, lines }: Answer): Promise<Answer> => {
  const response = await service.get(question, lines === undefined ? {} : { accept: 'application/x-ndjson' })
  const text = await response.text()
  if (response.status !== 200) return { question, status: response.status }
  return lines === undefined
    ? { question, status: 200, body: JSON.parse(text) }
    : { question, status: 200, lines: text.trimEnd().split('\n') }
}

/** The user whom a question is about; `null` for lists of users. */
const userIn = (question: string): string | null => /^\/users\/(\d+)\//.exec(question)?.[1] ?? null
const isRaw = ({ lines }: Answer): boolean => lines !== undefined
const eventsIn = ({ lines = [] }: Answer): readonly EventJson[] => lines.map((line) => JSON.parse(line) as EventJson)

const eventIdsOf = (answer: Answer | undefined): readonly string[] =>
  answer === undefined ? [] : eventsIn(answer).map(({ eventId }) => eventId)

const asked = answers.filter((answer) => !isRaw(answer))
const raw = answers.filter(isRaw)
/** With `all` for what is asked of all users. */
const users = [...new Set(answers.map(({ question }) => userIn(question) ?? 'all'))]

const matches = (pattern: RegExp | null, value: unknown): boolean =>
  pattern === null ? value === undefined : value !== undefined && pattern.test(JSON.stringify(value))

const isListedEverywhere = ({ path, from, to }: Difference): boolean =>
  EVERYWHERE.some((one) => one.path.test(path) && matches(one.from, from) && matches(one.to, to))

/** What an answer is about, the times of the question aside. */
const subjectOf = (question: string): Subject =>
  userIn(question) === null ? question : question.replace(/^\/users\/\d+\//, '').replaceAll(/=[^&]*/g, '')

/** Where an answer differs from the old one, without what has changed everywhere. */
const differing = (before: Answer, now: Answer): readonly Difference[] =>
  before.status === now.status
    ? differences(before.body, now.body).filter((difference) => !isListedEverywhere(difference))
    : [{ path: 'status', from: before.status, to: now.status }]

const ANOMALY_IN_HISTORY = /^events\[[^\]]*\]\.(?=anomalies\[)/

/** Asks again; gives each difference once, with what showed it. */
const changesIn = async (service: Service, questions: readonly Answer[]): Promise<readonly ChangedField[]> => {
  const found = new Map<string, ChangedField>()
  for (const before of questions) {
    for (const difference of differing(before, await ask(service, before))) {
      const field = { ...difference, path: difference.path.replace(ANOMALY_IN_HISTORY, '') }
      const key = JSON.stringify(field)
      const subjects = new Set([...(found.get(key)?.in ?? []), subjectOf(before.question)])
      found.set(key, { ...field, in: [...subjects] })
    }
  }
  return [...found.values()]
}

const keyOf = ({ path, from, to, in: subjects }: ChangedField): string =>
  JSON.stringify([path, from, to, [...subjects].sort()])

const without = (fields: readonly ChangedField[], others: readonly ChangedField[]): readonly ChangedField[] => {
  const known = new Set(others.map(keyOf))
  return fields.filter((field) => !known.has(keyOf(field)))
}

const asLines = (fields: readonly ChangedField[]): string =>
  fields.map((field) => `  ${JSON.stringify(field)},\n`).join('')

/** Asks all questions about a user again; fails on every difference that is not listed, and on those listed that are none. */
const expectAsBefore = async (service: Service, user: string): Promise<void> => {
  const found = await changesIn(
    service,
    asked.filter(({ question }) => (userIn(question) ?? 'all') === user),
  )
  const listed = CHANGED[user]?.flatMap(({ fields }) => fields) ?? []
  const [unlisted, gone] = [without(found, listed), without(listed, found)]
  if (unlisted.length + gone.length === 0) return
  expect.fail(
    `not listed:\n'${user}': [{ why: '…', fields: [\n${asLines(unlisted)}] }],\nlisted, and not found:\n${asLines(gone)}`,
  )
}

describe('a log that an older version wrote in format 1', () => {
  let service: Service
  before(async () => {
    service = await startService(copyOfLog())
    await service.ready()
  })
  after(async () => {
    await service.stop()
  })

  for (const user of users) {
    it(`answers about ${user === 'all' ? 'all users' : `user ${user}`} as that version did, but for what is listed`, () =>
      expectAsBefore(service, user))
  }

  it('gives every event byte for byte as that version gave it', async () => {
    for (const before of raw) {
      const own = `"stream":"kyc-${userIn(before.question)}"`
      const { lines = [] } = await ask(service, before)
      expect(lines.filter((line) => line.includes(own))).to.deep.equal(before.lines)
    }
  })

  it('holds events of format 1 alone, and reads every one of them', async () => {
    const formats = raw.flatMap(eventsIn).map(({ metadata }) => metadata['format'])
    expect(formats).to.have.length.greaterThan(150)
    expect(new Set(formats)).to.deep.equal(new Set([1]))
    for (const user of users) {
      if (user === 'all') continue
      const { anomalies, revision } = await service.kyc(user)
      const own = raw.find(({ question }) => userIn(question) === user)
      expect(revision, user).to.equal((own?.lines?.length ?? 0) - 1)
      expect(
        anomalies.filter(({ kind, eventId }) => kind === 'unreadable-event' && eventIdsOf(own).includes(eventId)),
        user,
      ).to.deep.equal([])
    }
  })

  it('lists changes of users whom somebody asked for, each with its reason', () => {
    expect(users).to.include.members(Object.keys(CHANGED))
    for (const { why } of [...EVERYWHERE, ...Object.values(CHANGED).flat()]) expect(why).to.match(/\w+ \w+/)
  })
})

/** The webhooks of some events, as they were received. */
const webhooksOf = (directory: string, events: readonly EventJson[]): readonly string[] => {
  const db = new Database(join(directory, 'events.db'), { readonly: true })
  try {
    const data = db.prepare<[string], string>('SELECT data FROM events WHERE event_id = ?').pluck()
    return events.map(({ eventId }) => data.get(eventId) ?? '')
  } finally {
    db.close()
  }
}

describe('new deliveries on a log of format 1', () => {
  let service: Service
  before(async () => {
    service = await startService(copyOfLog())
    await service.ready()
  })
  after(async () => {
    await service.stop()
  })

  it('knows what was recorded then when it is delivered again', async () => {
    // Without id and time, nothing tells one delivery from another.
    const isTold = ({ metadata }: EventJson): boolean =>
      metadata['webhookCreatedAt'] !== null && metadata['webhookId'] !== null
    const told = raw.flatMap(eventsIn).filter(isTold)
    expect(told).to.have.length.greaterThan(100)
    for (const [index, webhook] of webhooksOf(service.directory, told).entries()) {
      const { stream, revision, position, eventId } = told[index] as EventJson
      const answer = (await (await service.post(webhook)).json()) as Taken
      expect(answer.events).to.deep.include({ stream, revision, position, eventId })
    }
  })

  it('folds new events on top of old ones', async () => {
    expect((await service.kyc('1001')).status).to.equal('validated')
    await service.deliver(refusal('1001', { createdAt: Date.now() * 10 }))
    expect(await service.kyc('1001')).to.include({ status: 'refused', verified: false, events: 5, revision: 4 })
    await service.deliver(
      kycReview('result', '1009', { createdAt: Date.now() * 10 }, { kycReview: 3, kycStatus: 'REFUSED' }),
    )
    expect(await service.kyc('1009')).to.include({ status: 'refused', verified: false, events: 5, revision: 4 })
  })
})

describe('an event of a format newer than this version', () => {
  const USER = '1001'
  const EVENT_ID = '00000000-0000-5000-8000-000000000003'
  let service: Service

  before(async () => {
    const directory = copyOfLog()
    const db = new Database(join(directory, 'events.db'))
    const [last] = raw
      .filter(({ question }) => userIn(question) === USER)
      .flatMap(eventsIn)
      .slice(-1)
    const metadata = JSON.stringify({ ...last?.metadata, format: 3, payloadHash: '0'.repeat(64) })
    db.prepare(
      `INSERT INTO events (stream, revision, event_id, type, data, metadata)
       VALUES (?, ?, ?, 'user.kycreview', ?, ?)`,
    ).run(`kyc-${USER}`, (last?.revision ?? 0) + 1, EVENT_ID, JSON.stringify(last?.data), metadata)
    db.close()
    service = await startService(directory)
    await service.ready()
  })
  after(async () => {
    await service.stop()
  })

  it('makes its user unknown, and says so', async () => {
    const { status, verified, anomalies, revision } = await service.kyc(USER)
    expect({ status, verified, revision }).to.deep.equal({ status: 'unknown', verified: false, revision: 4 })
    expect(anomalies.filter(({ eventId }) => eventId === EVENT_ID).map(({ kind }) => kind)).to.deep.equal([
      'unreadable-event',
    ])
    const found = await (await service.get('/users?anomaly=unreadable-event')).json()
    expect((found as { users: { userId: string }[] }).users.map(({ userId }) => userId)).to.include(USER)
  })

  it('is there to be read raw, in the format in which it was written', async () => {
    const event = (await service.events(USER)).at(-1)
    expect(event).to.include({ eventId: EVENT_ID, revision: 4 })
    expect(event?.metadata).to.include({ format: 3 })
  })

  it('leaves everybody else as before', async () => {
    for (const user of users) if (user !== USER && user !== 'all') await expectAsBefore(service, user)
  })

  it('stops no delivery, and no later one makes its user known again', async () => {
    await service.deliver(request(USER, { createdAt: Date.now() * 10 }))
    await service.deliver(validation(USER, { createdAt: Date.now() * 10 }))
    expect(await service.kyc(USER)).to.include({ status: 'unknown', verified: false, revision: 6 })
    await service.deliver(refusal('1002', { createdAt: Date.now() * 10 }))
    expect(await service.kyc('1002')).to.include({ status: 'refused', revision: 4 })
  })
})

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
