import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { openEventStore } from '../../src/eventStore/openEventStore.ts'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { alterEvent, type Texts, textsOf } from '../support/logs/alteredLog.ts'
import { eventsOf } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { right } from '../support/right.ts'
import type { EventJson, KycStatus } from '../support/service/answers.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere, serveHere } from '../support/service/service.ts'
import {
  document,
  newUser,
  refusal,
  request,
  signed,
  validation,
  type WebhookFields,
} from '../support/webhooks/webhookBuilders.ts'
import { writtenOnce } from '../support/writtenOnce.ts'

const FAR = '2100-01-01T00:00:00Z'

type Told = Texts & { readonly of: readonly Texts[]; readonly others: readonly Texts[] }

const swapped = (data: string, other: string): string => {
  const payloadOf = (text: string): string =>
    JSON.stringify((JSON.parse(text) as { object_payload: unknown }).object_payload)
  return data.replace(payloadOf(data), () => payloadOf(other))
}

/** What somebody may make of the refusal of a user: `of` are all his events, `others` those of one who is validated. */
const ALTERATIONS: Readonly<Record<string, (told: Told) => Partial<Texts>>> = {
  'a value of its payload': ({ data }) => ({
    data: data.replace('"kycReview":"3"', '"kycReview":"2"').replace('"kycLevel":"4"', '"kycLevel":"2"'),
  }),
  'its payload for that of another event': ({ data, others }) => ({ data: swapped(data, others[1]?.data ?? '') }),
  'all of its data for that of another event': ({ of }) => ({ data: of[0]?.data ?? '' }),
  'the hash in its metadata': ({ metadata }) => ({
    metadata: JSON.stringify({ ...JSON.parse(metadata), payloadHash: '0'.repeat(64) }),
  }),
  'its metadata for that of another event': ({ of }) => ({ metadata: of[0]?.metadata ?? '' }),
  'its data for nothing': () => ({ data: '' }),
  'its data for an object without a payload': () => ({ data: '{"webhook":"user.kycreview"}' }),
}

const removeReadModel = (directory: string): void => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(directory, `read-model.db${suffix}`), { force: true })
}

const kindsOf = ({ anomalies }: KycStatus): readonly string[] => anomalies.map(({ kind }) => kind)

const expectUnknown = (status: KycStatus, eventId: string): void => {
  expect(status).to.include({ status: 'unknown', verified: false })
  expect(status.anomalies.filter(({ kind }) => kind === 'event-altered')).to.deep.equal([
    {
      kind: 'event-altered',
      eventId,
      at: null,
      detail:
        'its payload is not the one that was received: it was altered in the event log; the status is not certain',
    },
  ])
}

interface Entry {
  readonly eventId: string
  readonly name: string | null
  readonly occurredAt: string | null
  readonly receivedAt: string | null
  readonly recordedAt: string | null
  readonly before: { readonly status: string }
  readonly after: { readonly status: string }
  readonly anomalies: readonly { readonly kind: string; readonly eventId: string }[]
}

/** Everything that is asked about a user whose event at revision 1 was altered; he is one of `all` of whom that holds. */
const expectUnknownEverywhere = async (
  service: OwnService,
  user: string,
  events: number,
  all: readonly string[] = [user],
): Promise<void> => {
  const stored = await service.json<{ events: readonly (EventJson & { readonly altered?: boolean })[] }>(
    `/users/${user}/events`,
  )
  expect(stored.events).to.have.length(events)
  expect(stored.events.map(({ altered }) => altered ?? false)).to.deep.equal(stored.events.map((_, i) => i === 1))
  const { eventId = '' } = stored.events[1] ?? {}
  for (const query of ['', `?asOf=${FAR}`, '?asOf=2020-01-01T00:00:00Z']) {
    const status = await service.json<KycStatus>(`/users/${user}/kyc${query}`)
    expectUnknown(status, eventId)
    expect(status.events).to.equal(query.includes('2020') ? 1 : events)
  }
  const recordedAt = String(stored.events[0]?.metadata['recordedAt'])
  const then = await service.json<KycStatus>(`/users/${user}/kyc?knownAt=${recordedAt}`)
  expectUnknown(then, eventId)
  const before = new Date(Date.parse(recordedAt) - 1).toISOString()
  expect((await service.get(`/users/${user}/kyc?knownAt=${before}`)).status).to.equal(404)

  const history = await service.json<{ events: readonly Entry[] }>(`/users/${user}/kyc/history`)
  const [first, altered] = history.events
  expect(first).to.include({ name: 'user.kycrequest' })
  expect(first?.after.status).to.equal('pending')
  expect(altered).to.include({ eventId, name: null, occurredAt: null, receivedAt: null, recordedAt: null })
  expect(altered?.before.status).to.equal('pending')
  expect(altered?.after.status).to.equal('unknown')
  expect(altered?.anomalies.map(({ kind, eventId: of }) => [kind, of])).to.deep.equal([['event-altered', eventId]])
  for (const { after } of history.events.slice(1)) expect(after.status).to.equal('unknown')
  const list = await service.json<{ users: readonly { userId: string }[] }>('/users?anomaly=event-altered')
  expect(list.users.map(({ userId }) => userId)).to.have.members(all)
  const metrics = await (await service.get('/metrics')).text()
  expect(metrics).to.include(`kyc_users_uncertain{kind="event-altered"} ${all.length}\n`)
  expect(metrics).to.match(/kyc_uncertain_answers_total\{kind="event-altered"\} [1-9]/)
  await eventually('a line', () =>
    service.stdout().includes(`"stream":"kyc-${user}","kind":"event-altered"`) ? 1 : null,
  )
}

const told = (service: OwnService, users: readonly string[]): Promise<readonly string[]> =>
  Promise.all(
    users.flatMap((user) => [
      service.kycBody(user),
      service.get(`/users/${user}/kyc?asOf=${FAR}`).then((response) => response.text()),
      service.get(`/users/${user}/kyc/history`).then((response) => response.text()),
      service.get(`/users/${user}/events`).then((response) => response.text()),
    ]),
  )

/** One after the other: of two long lists that differ somewhere nothing is shown. */
const expectTold = async (service: OwnService, users: readonly string[], before: readonly string[]): Promise<void> => {
  const now = await told(service, users)
  expect(now).to.have.length(before.length)
  for (const [index, text] of now.entries()) expect(text).to.equal(before[index])
}

describe('an event that was altered in the log', () => {
  const others = Array.from({ length: 5 }, newUser)

  /** A stopped service in which each of `victims` was refused, and the others were validated. */
  const writeLog = async (victims: readonly string[]) => {
    const service = await serveHere(newDirectory())
    const refusals = new Map<string, WebhookFields>()
    for (const victim of victims) {
      await service.deliver(request(victim))
      const refused = refusal(victim)
      await service.deliver(refused)
      refusals.set(victim, refused)
      expect(await service.kyc(victim)).to.include({ status: 'refused', events: 2 })
    }
    for (const user of others) {
      await service.deliver(request(user))
      await service.deliver(validation(user))
    }
    const before = await told(service, others)
    const truth = await told(service, victims)
    await service.stop()
    return { directory: service.directory, refusals, before, truth }
  }

  const alterationOf = (log: string, victim: string, which: string): Partial<Texts> => {
    const of = textsOf(log, `kyc-${victim}`)
    const [, { data, metadata } = { data: '', metadata: '' }] = of
    return ALTERATIONS[which]?.({ data, metadata, of, others: textsOf(log, `kyc-${others[0]}`) }) ?? {}
  }

  describe('among several, each in another way,', () => {
    const victims = Object.keys(ALTERATIONS).map((which) => ({ which, victim: newUser() }))
    const all = victims.map(({ victim }) => victim)
    const originals = new Map<string, Texts>()
    const changed = new Map<string, Partial<Texts>>()
    let made: Awaited<ReturnType<typeof writeLog>>
    let service: OwnService
    before(async () => {
      made = await writeLog(all)
      const log = join(made.directory, 'events.db')
      for (const { which, victim } of victims) {
        originals.set(victim, textsOf(log, `kyc-${victim}`)[1] ?? { data: '', metadata: '' })
        changed.set(victim, alterationOf(log, victim, which))
        alterEvent(log, `kyc-${victim}`, 1, changed.get(victim) ?? {})
      }
      removeReadModel(made.directory)
      service = await readyHere(made.directory)
    })
    after(() => service?.stop())

    for (const { which, victim } of victims) {
      it(`makes its user unknown, and nobody else: ${which}`, async () => {
        await expectUnknownEverywhere(service, victim, 2, all)
        await expectTold(service, others, made.before)

        // What comes later does not make it certain. What a duplicate is hangs on the metadata alone.
        const refused = made.refusals.get(victim) ?? request(victim)
        if (changed.get(victim)?.metadata === undefined) {
          expect(await service.deliver(refused)).to.include({ outcome: 'duplicate' })
        } else {
          expect((await service.post(signed(refused))).status).to.equal(503)
          const [{ reason, body } = { reason: null, body: null }] = service.journal()
          expect([reason, String(body)]).to.deep.equal(['store-refused', signed(refused)])
        }
        await service.deliver(validation(victim))
        expect(await service.kyc(victim)).to.include({ status: 'unknown', verified: false, events: 3, revision: 2 })
      })
    }

    it('is as if nothing had been once the log holds what was received, without a replay', async () => {
      const metadataOnes = [...changed.values()].filter(({ metadata }) => metadata !== undefined)
      expect(service.journal()).to.have.length(metadataOnes.length)
      await service.stop()
      for (const [victim, original] of originals) {
        alterEvent(join(made.directory, 'events.db'), `kyc-${victim}`, 1, original)
      }
      service = await readyHere(made.directory)
      for (const victim of all) expect(await service.kyc(victim)).to.include({ status: 'validated', events: 3 })
      await expectTold(service, others, made.before)
      for (const [index, victim] of all.entries()) {
        const truth = made.truth[index * 4 + 3] ?? ''
        expect((await told(service, [victim]))[3]).to.include(truth.slice(0, -20).split('"data"')[0] ?? '')
      }
    })
  })

  const refusedOnce = writtenOnce(async () => {
    const victim = newUser()
    return { ...(await writeLog([victim])), victim }
  })
  const written = async () => {
    const made = await refusedOnce()
    const { directory, victim } = made
    const log = join(directory, 'events.db')
    const alterations = (which: string): Partial<Texts> => alterationOf(log, victim, which)
    return { ...made, log, stream: `kyc-${victim}`, alterations }
  }

  it('is found while the service runs, when it is read: by a question about the past, by a replay, by the next event', async () => {
    const { directory, log, stream, victim, before, alterations } = await written()
    const service = await readyHere(directory)
    const later = newUser()
    await service.deliver(request(later))
    await service.kyc(later)
    alterEvent(log, stream, 1, alterations('a value of its payload'))
    // The row was made of what was received.
    expect(await service.kyc(victim)).to.include({ status: 'refused' })
    const past = await service.json<KycStatus>(`/users/${victim}/kyc?asOf=${FAR}`)
    expect(kindsOf(past)).to.include('event-altered')

    const replayed = await kycHere(directory, ['replay'])
    expect(replayed.code, replayed.stderr).to.equal(0)
    expect(replayed.stderr).to.include(`the user of ${stream}: event-altered`)
    await eventually('he is unknown', async () => ((await service.kyc(victim)).status === 'unknown' ? true : null))
    await expectUnknownEverywhere(service, victim, 2)
    await expectTold(service, others, before)
    await service.stop()
  })

  it('is found when its user is heard of again after a start', async () => {
    const { directory, log, stream, victim, alterations } = await written()
    alterEvent(log, stream, 1, alterations('a value of its payload'))
    const service = await serveHere(directory)
    await service.deliver(validation(victim))
    const status = await service.kyc(victim)
    expect(status).to.include({ status: 'unknown', verified: false })
    expect(kindsOf(status)).to.include('event-altered')
    await service.stop()
  })

  it('is found by its bytes in the file alone, and is backed up, restored and copied as it stands, and told of', async () => {
    const { directory, log, victim } = await written()
    const healthy = join(newDirectory(), 'healthy')
    expect((await kycHere(directory, ['backup', healthy])).code).to.equal(0)
    const bytes = readFileSync(log)
    // SQLite leaves what stood in a page before it was split.
    const [refused, validated] = ['"kycReview":"3"', '"kycReview":"2"']
    for (let at = bytes.indexOf(refused); at !== -1; at = bytes.indexOf(refused, at)) bytes.write(validated, at)
    writeFileSync(log, bytes)

    const what = new RegExp(`1 event is not what was received: kyc-${victim} @ 1 \\([0-9a-f-]{36}\\)`)
    const doctor = await kycHere(directory, ['doctor'])
    expect(doctor.code).to.equal(1)
    expect(doctor.stdout).to.match(new RegExp(`fault +events +${what.source}`))
    const backup = join(newDirectory(), 'altered')
    const backedUp = await kycHere(directory, ['backup', backup])
    expect(backedUp.code).to.equal(1)
    expect(backedUp.stdout).to.include('backed up and looked through')
    expect(backedUp.stderr).to.match(what)
    const restored = await kycHere(newDirectory(), ['restore', backup])
    expect(restored.code).to.equal(1)
    expect(restored.stderr).to.match(what)

    const copy = newDirectory()
    const words = ['copy', '--from', `sqlite:${log}`, '--to', `sqlite:${join(copy, 'events.db')}`]
    for (const _ of [1, 2]) {
      const copied = await kycHere(directory, words)
      expect(copied.code).to.equal(1)
      expect(copied.stdout).to.include('compared: the same')
      expect(copied.stderr).to.match(new RegExp(`${what.source}; copied as they stand`))
    }
    expect(textsOf(join(copy, 'events.db'), `kyc-${victim}`)).to.deep.equal(textsOf(log, `kyc-${victim}`))
    const service = await readyHere(copy)
    expect(await service.kyc(victim)).to.include({ status: 'unknown' })
    await service.stop()

    const mended = await kycHere(directory, ['restore', healthy])
    expect(mended.code, mended.stderr).to.equal(0)
    expect((await kycHere(directory, ['doctor'])).stdout).to.match(
      /ok +events +each holds the payload that was received/,
    )
  })

  it('belongs to nobody, is listed as that, and is heard by nobody where it named none', async () => {
    const first = await serveHere(newDirectory())
    const owner = newUser()
    const orphan = await first.deliver(
      document('update', '1XXXXXX', {}, { documentId: 'theirs', codeStatus: '600006' }),
    )
    const unheard = await first.deliver(document('update', '1XXXXXX', {}, { documentId: 'nobodys' }))
    expect([orphan, unheard].map(({ events }) => events[0]?.stream)).to.deep.equal(Array(2).fill('kyc-unattributed'))
    await first.deliver(validation(owner))
    await first.stop()
    const log = join(first.directory, 'events.db')
    const original = textsOf(log, 'kyc-unattributed')[0]
    alterEvent(log, 'kyc-unattributed', 0, { data: original?.data.replace('600006', '600007') ?? '' })
    removeReadModel(first.directory)

    const service = await readyHere(first.directory)
    const listed = (kind: string) =>
      service.json<{ users: unknown[]; events: Record<string, unknown>[] }>(`/users?anomaly=${kind}`)
    const { users, events } = await listed('event-altered')
    expect(users).to.deep.equal([])
    expect(events).to.deep.equal([
      {
        eventId: orphan.events[0]?.eventId,
        revision: 0,
        name: null,
        occurredAt: null,
        recordedAt: null,
        kind: 'event-altered',
        detail: 'its payload is not the one that was received: it was altered in the event log',
      },
    ])
    expect((await listed('user-unknown')).events.map(({ revision }) => revision)).to.deep.equal([1])
    await eventually('a line', () =>
      service.stdout().includes('"stream":"kyc-unattributed","kind":"event-altered"') ? true : null,
    )
    await service.deliver(document('create', owner, {}, { documentId: 'theirs', codeStatus: '600001' }))
    expect(await service.kyc(owner)).to.include({ status: 'validated', events: 2 })
    const raw = await service.json<{ events: { altered?: boolean }[] }>('/unattributed/events')
    expect(raw.events.map(({ altered }) => altered)).to.deep.equal([true, undefined])
    await service.stop()

    alterEvent(log, 'kyc-unattributed', 0, original ?? {})
    const mended = await readyHere(first.directory)
    const list = await mended.json<{ events: unknown[] }>('/users?anomaly=event-altered')
    expect(list.events).to.deep.equal([])
    expect(await mended.kyc(owner)).to.include({ status: 'validated', events: 3 })
    await mended.stop()
  })
})

describe('an event of EventStoreDB whose data does not fit its hash', () => {
  let double: EventStoreDb
  before(async () => {
    double = await startEventStoreDb()
  })
  after(() => double.stop())

  it('makes its user unknown, and nobody else, and is copied as it stands', async () => {
    const [victim, other] = [newUser(), newUser()]
    const genuine = await serveHere(newDirectory())
    for (const webhook of [
      request(victim),
      refusal(victim),
      request(other),
      validation(other),
    ] satisfies WebhookFields[])
      await genuine.post(signed(webhook))
    await genuine.stop()
    const from = right(
      await openEventStore({ kind: 'sqlite', file: join(genuine.directory, 'events.db') }, { readOnly: true })(),
    )
    const events: readonly RecordedEvent[] = await eventsOf(from)
    await from.close()
    const to = right(await openEventStore({ kind: 'esdb', connectionString: double.connectionString })())
    for (const { stream, revision, eventId, type, data, metadata } of events) {
      const altered = data.replace('"kycReview":"3"', '"kycReview":"2"')
      const event = { eventId, type, data: altered, metadata }
      right(await to.append(stream, revision === 0 ? 'no-stream' : revision - 1, [event])())
    }
    await to.close()

    const service = await readyHere(newDirectory(), { EVENT_STORE: double.connectionString })
    await expectUnknownEverywhere(service, victim, 2)
    expect(await service.kyc(other)).to.include({ status: 'validated', events: 2 })
    await service.stop()
    const copy = join(newDirectory(), 'events.db')
    const copied = await kycHere(newDirectory(), ['copy', '--from', double.connectionString, '--to', `sqlite:${copy}`])
    expect(copied.code).to.equal(1)
    expect(copied.stderr).to.include(`1 event is not what was received: kyc-${victim} @ 1`)
  })
})
