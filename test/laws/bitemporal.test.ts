import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { knownBy, type Question } from '../../domain/answer/question.ts'
import { readMetadata } from '../../domain/event/kycEvent.ts'
import { hasOccurred } from '../../domain/event/occurrence.ts'
import type { StoredEvent } from '../../domain/event/storedEvent.ts'
import { fromMilliseconds, type Instant } from '../../domain/instant.ts'
import { assertLaw } from '../support/assertLaw.ts'
import { arrivals, orphans, shuffled } from '../support/histories/histories.ts'
import { lives } from '../support/histories/lives.ts'
import {
  deliveryOf,
  newCast,
  type Pipeline,
  played,
  sharedPipelines,
  statusThen,
} from '../support/pipeline/pipeline.ts'
import { right } from '../support/right.ts'
import {
  answered,
  type EventJson,
  expectProblem,
  type KycStatus,
  okText,
  type Taken,
} from '../support/service/answers.ts'
import { type OwnService, sharedService } from '../support/service/service.ts'
import { at, document, kycReview, newUser, refusal, request, validation } from '../support/webhooks/webhookBuilders.ts'

const mixed = fc
  .tuple(fc.oneof(arrivals(12), lives(12).chain(shuffled)), fc.array(orphans, { maxLength: 3 }))
  .chain(([own, ofNobody]) => shuffled([...own, ...ofNobody]))

const timesOf = (events: readonly StoredEvent[]): readonly Instant[] =>
  events.flatMap((event) => {
    const metadata = readMetadata(event)
    return E.isRight(metadata) ? [metadata.right.occurredAt, metadata.right.recordedAt] : []
  })

/** Each of the times, the millisecond before and the one after. */
const around = (times: readonly Instant[]): readonly Instant[] =>
  [...new Set(times.flatMap((time) => [time - 1000, time, time + 1000]))].map((time) => time as Instant).sort()

const idsOf = (events: readonly StoredEvent[]): readonly string[] => events.map(({ eventId }) => eventId)

describe('of the two axes of time', () => {
  const pipelines = sharedPipelines(1)
  /** The clock of all runs: in the stream of what names no user, which they share, it never goes back. */
  let clock = Date.parse('2024-06-27T07:16:00Z')

  it('knownAt never changes an answer already given, whatever is recorded later; both at their end give the current status', async () => {
    await fc.assert(
      fc.asyncProperty(mixed, fc.nat(10), fc.constantFrom(1, 3_600_000), async (webhooks, pause, step) => {
        const pipeline = pipelines()[0] as Pipeline
        const cast = newCast()
        const ask = async (question: Question): Promise<string> =>
          JSON.stringify(statusThen(cast.user, await pipeline.userEvents(cast.user), question))
        const given = new Map<string, string>()
        for (const [index, webhook] of webhooks.entries()) {
          clock += step
          const now = fromMilliseconds(clock)
          await pipeline.deliver(played(webhook, cast), now)
          await pipeline.projected()
          if (index % 3 !== pause % 3 && index !== webhooks.length - 1) continue
          const { own } = await pipeline.userEvents(cast.user)
          if (own.length === 0) continue
          for (const asOf of [null, ...timesOf(own)]) {
            const question = { asOf, knownAt: now }
            given.set(JSON.stringify(question), await ask(question))
          }
          const current = pipeline.body(cast.user)
          // What is signed may lie after its receipt: then the clock that received it was behind.
          const { own: all, orphans: others } = await pipeline.userEvents(cast.user)
          const end = Math.max(now, ...timesOf([...all, ...others])) as Instant
          expect(await ask({ asOf: end, knownAt: now })).to.equal(current)
          expect(await ask({ asOf: null, knownAt: now })).to.equal(current)
          expect(await ask({ asOf: end, knownAt: null })).to.equal(current)
        }
        for (const [question, answer] of given) expect(await ask(JSON.parse(question) as Question)).to.equal(answer)
      }),
      { numRuns: 40 },
    )
  })

  it('a later time on either never sees fewer events', async () => {
    await fc.assert(
      fc.asyncProperty(mixed, async (webhooks) => {
        const pipeline = pipelines()[0] as Pipeline
        const cast = newCast()
        for (const webhook of webhooks) {
          clock += 60_000
          await pipeline.deliver(played(webhook, cast), fromMilliseconds(clock))
        }
        const { own } = await pipeline.userEvents(cast.user)
        const moments = around(timesOf(own))
        for (const [index, later] of moments.entries()) {
          const earlier = moments[index - 1]
          if (earlier === undefined) continue
          for (const other of [null, ...moments.filter((_, n) => n % 5 === 0)]) {
            const seen = ({ asOf, knownAt }: Question): readonly string[] =>
              idsOf(knownBy(own, knownAt).filter((event) => hasOccurred(right(readMetadata(event)), asOf)))
            const asOf = [earlier, later].map((time) => seen({ asOf: time, knownAt: other }))
            const knownAt = [earlier, later].map((time) => seen({ asOf: other, knownAt: time }))
            for (const [before = [], after = []] of [asOf, knownAt]) expect(after).to.include.members([...before])
          }
        }
      }),
      { numRuns: 40 },
    )
  })
})

interface Entry {
  readonly eventId: string
  readonly name: string | null
  readonly occurredAt: string
  readonly recordedAt: string
  readonly late: boolean
  readonly before: object
  readonly after: object
  readonly anomalies: readonly { readonly kind: string; readonly detail: string }[]
  readonly revision: number
}

/** A status in the words of the history. */
const standing = (status: KycStatus): object => ({
  status: status.status,
  verified: status.verified,
  governedBy: status.governedBy,
  legacy: status.legacy.state,
  lifecycle: status.lifecycle.state,
  documents: Object.fromEntries(status.documents.map(({ documentId, state }) => [documentId, state])),
  liveness: status.liveness?.state ?? 'none',
  qes: status.qes?.state ?? 'none',
  videoConference: status.videoConference?.state ?? 'none',
})

const NOTHING = {
  status: 'none',
  verified: false,
  governedBy: 'legacy',
  legacy: 'none',
  lifecycle: 'none',
  documents: {},
  liveness: 'none',
  qes: 'none',
  videoConference: 'none',
}

describe('over HTTP', () => {
  const service = sharedService()

  const bodyOf = async (path: string): Promise<string> => okText(await answered(() => service().get(path)))
  const ask = async (user: string, query: string): Promise<KycStatus> =>
    JSON.parse(await bodyOf(`/users/${user}/kyc?${query}`)) as KycStatus
  const historyOf = async (user: string): Promise<readonly Entry[]> =>
    (JSON.parse(await bodyOf(`/users/${user}/kyc/history`)) as { readonly events: readonly Entry[] }).events

  /** Delivers one, each in a millisecond of its own, until the read model holds them. */
  const live = async (bodies: readonly Buffer[]): Promise<void> => {
    let latest = ''
    for (const body of bodies) {
      const response = await service().post(new Uint8Array(body))
      expect(response.status).to.equal(200)
      const { events } = (await response.json()) as Taken
      for (const { position } of events) if (position > latest) latest = position
      await sleep(2)
    }
    await (await answered(() => service().get(`/users/1/kyc?minPosition=${latest}`))).arrayBuffer()
  }

  describe('the history of a user', () => {
    it('says before and after each event what the status says, and said, as known then', async () => {
      const seen = { late: 0, entries: 0 }
      await assertLaw(
        fc.asyncProperty(mixed, async (webhooks) => {
          const cast = newCast()
          await live(webhooks.map((webhook) => deliveryOf(played(webhook, cast))))
          if ((await service().get(`/users/${cast.user}/kyc`)).status === 404) return
          const entries = await historyOf(cast.user)
          const own = entries.findIndex(({ after, before }) => JSON.stringify(after) !== JSON.stringify(before))
          expect(entries[0]?.before).to.deep.equal(NOTHING)
          let events = 0
          for (const [index, { before, after, recordedAt, late }] of entries.entries()) {
            if (index > 0) expect(before).to.deep.equal(entries[index - 1]?.after)
            const response = await service().get(`/users/${cast.user}/kyc?knownAt=${recordedAt}`)
            if (response.status === 404) {
              await response.arrayBuffer()
              expect(after).to.deep.equal(NOTHING)
              expect(own === -1 || index < own).to.equal(true)
              continue
            }
            const status = (await response.json()) as KycStatus
            expect(after).to.deep.equal(standing(status))
            expect(status.events).to.be.at.least(events)
            events = status.events
            if (late) seen.late += 1
          }
          seen.entries += entries.length
        }),
        { same: 17, others: 5 },
        () => {
          expect(seen.entries).to.be.greaterThan(20)
          expect(seen.late).to.be.greaterThan(3)
        },
      )
    })

    it('holds every event of the stream in the order of its arrival, with both times', async () => {
      const user = newUser()
      for (const webhook of [
        validation(user, { createdAt: at('2025-03-01T00:00:00Z') }),
        refusal(user, { createdAt: at('2025-03-05T00:00:00Z') }),
        request(user, { createdAt: at('2025-02-01T00:00:00Z') }),
        kycReview('request', user, { createdAt: null }, { lastRequestDatetime: '2025-03-06T00:00:00Z' }),
      ]) {
        await service().deliver(webhook)
      }
      const entries = await historyOf(user)
      const stream = await service().events(user)
      expect(entries.map(({ eventId }) => eventId)).to.deep.equal(stream.map(({ eventId }) => eventId))
      expect(entries.map(({ revision }) => revision)).to.deep.equal([0, 1, 2, 3])
      entries.forEach(({ occurredAt, recordedAt, name }, index) => {
        const { metadata, type } = stream[index] as EventJson
        expect(occurredAt).to.equal(String(metadata['webhookCreatedAt'] ?? metadata['statedAt']).replace('000Z', 'Z'))
        expect(recordedAt).to.equal(String(metadata['recordedAt']).replace('000Z', 'Z'))
        expect(name).to.equal(type)
      })
      expect(entries.map(({ late }) => late)).to.deep.equal([false, false, true, false])
      expect(entries.map(({ anomalies }) => anomalies.map(({ kind }) => kind))).to.deep.equal([
        ['no-request-seen'],
        ['unexpected-transition'],
        ['late-event'],
        [],
      ])
    })

    it('marks nothing in the status that only the order of arrival shows', async () => {
      const user = newUser()
      await service().deliver(validation(user, { createdAt: at('2025-03-02T00:00:00Z') }))
      await service().deliver(request(user, { createdAt: at('2025-03-01T00:00:00Z') }))
      expect((await service().kyc(user)).anomalies).to.deep.equal([])
      expect((await historyOf(user)).map(({ late }) => late)).to.deep.equal([false, true])
    })

    it('cannot be asked in the past, nor of somebody nobody knows', async () => {
      await expectProblem(await service().get(`/users/${newUser()}/kyc/history`), 404)
      await expectProblem(await service().get('/users/0/kyc/history'), 400)
      await expectProblem(await service().get(`/users/${newUser()}/kyc/history?asOf=2025-01-01T00:00:00Z`), 400)
    })
  })

  describe('a question about the past', () => {
    const user = newUser()
    before(async () => {
      await service().deliver(request(user, { createdAt: at('2025-02-01T00:00:00.123Z') }))
      await service().deliver(validation(user, { createdAt: at('2025-03-01T00:00:00Z') + 5 }))
    })

    it('counts an event from the very millisecond in which it is shown on, in whatever offset', async () => {
      const { legacy } = await service().kyc(user)
      expect(legacy['since']).to.equal('2025-03-01T00:00:00.000Z')
      for (const [asOf, status] of [
        ['2025-02-01T00:00:00.122Z', 'none'],
        ['2025-02-01T00:00:00.123Z', 'pending'],
        ['2025-02-01T01:00:00.123%2B01:00', 'pending'],
        ['2025-02-28T23:59:59.999Z', 'pending'],
        ['2025-03-01T00:00:00.000Z', 'validated'],
        ['2025-03-01T02:00:00%2B02:00', 'validated'],
        ['2025-03-01T02:00:00+02:00', 'validated'],
        ['2025-02-28T19:00:00-05:00', 'validated'],
        ['2025-03-01T01:59:59.999+02:00', 'pending'],
        ['2025-03-01t00:00:00z', 'validated'],
      ]) {
        expect(await ask(user, `asOf=${asOf}`), asOf).to.include({ status })
      }
    })

    it('counts what was recorded from the very millisecond of its recording on', async () => {
      const [, second] = await service().events(user)
      const recordedAt = Date.parse(String(second?.metadata['recordedAt']))
      const iso = (time: number): string => new Date(time).toISOString()
      expect(await ask(user, `knownAt=${iso(recordedAt)}`)).to.include({ status: 'validated', events: 2 })
      const before = await service().get(`/users/${user}/kyc?knownAt=${iso(recordedAt - 1)}`)
      if (before.status === 200) expect(await before.json()).to.include({ status: 'pending', events: 1 })
      else await expectProblem(before, 404)
      const both = `knownAt=${iso(recordedAt)}&asOf=2025-02-15T00:00:00Z`
      expect(await ask(user, both)).to.include({ status: 'pending', events: 1 })
      expect(await ask(user, `asOf=2025-01-01T00:00:00Z&knownAt=${iso(recordedAt)}`)).to.include({
        status: 'none',
        events: 0,
      })
    })

    it('is refused with 400 in a time that is none, or twice, or about what will be known', async () => {
      for (const name of ['asOf', 'knownAt']) {
        for (const value of [
          '',
          'now',
          '2025-03-01',
          '2025-03-01T00:00:00',
          '2025-02-30T00:00:00Z',
          '2025-03-01T24:00:01Z',
          '1740787200',
          '10000-01-01T00:00:00Z',
          '2025-03-01T00:00:00+2:00',
        ]) {
          const text = await expectProblem(await service().get(`/users/${user}/kyc?${name}=${value}`), 400)
          if (value.length > 4) expect(text).to.not.include(value)
        }
        const twice = `${name}=2025-03-01T00:00:00Z&${name}=2025-03-02T00:00:00Z`
        await expectProblem(await service().get(`/users/${user}/kyc?${twice}`), 400)
      }
      const soon = new Date(Date.now() + 60_000).toISOString()
      await expectProblem(await service().get(`/users/${user}/kyc?knownAt=${soon}`), 400)
      await expectProblem(await service().get(`/users/${user}/kyc?knownAt=9999-12-31T23:59:59Z`), 400)
      expect(await ask(user, `asOf=${soon}`)).to.include({ status: 'validated' })
    })
  })

  describe('an answer once given stays', () => {
    it('also one about this very millisecond, while more is being recorded', async () => {
      const user = newUser()
      await service().deliver(request(user))
      const given: { readonly path: string; readonly body: string }[] = []
      let sending = true
      const send = async (): Promise<void> => {
        for (let n = 0; n < 50; n++) await service().deliver(request(user, {}, { userTag: String(n) }))
        sending = false
      }
      const question = async (): Promise<void> => {
        while (sending) {
          const path = `/users/${user}/kyc?knownAt=${new Date().toISOString()}`
          given.push({ path, body: await bodyOf(path) })
        }
      }
      await Promise.all([send(), question(), question()])
      expect(given.length).to.be.greaterThan(20)
      for (const { path, body } of given) expect(await bodyOf(path), path).to.equal(body)
    })

    it('also one given before the read model has come to an event that names a document and no user', async () => {
      for (let round = 0; round < 20; round++) {
        const user = newUser()
        const documentId = `d-${user}`
        await service().deliver(document('create', user, {}, { documentId }))
        await service().deliver(document('cancel', '0000000', {}, { documentId }))
        const path = `/users/${user}/kyc?knownAt=${new Date().toISOString()}`
        const first = await bodyOf(path)
        await service().kyc(user)
        expect(await bodyOf(path)).to.equal(first)
        expect(JSON.parse(first).documents).to.have.length(1)
        expect(JSON.parse(first).documents[0]).to.include({ documentId, state: 'canceled' })
      }
    })
  })

  it('asOf and knownAt of now are the current status', async () => {
    const user = newUser()
    const check = async (one: OwnService): Promise<void> => {
      const current = await one.kycBody(user)
      const now = new Date().toISOString()
      for (const query of [`asOf=${now}`, `knownAt=${now}`, `asOf=${now}&knownAt=${now}`]) {
        expect(await bodyOf(`/users/${user}/kyc?${query}`)).to.equal(current)
      }
    }
    for (const webhook of [
      request(user),
      validation(user, { createdAt: null }),
      document('create', user, { createdAt: null }),
      refusal(user, { createdAt: at('2024-01-01T00:00:00Z') }),
      kycReview('result', user, { createdAt: at('2999-01-01T00:00:00Z') }),
    ]) {
      await service().deliver(webhook)
      await check(service())
    }
  })
})
