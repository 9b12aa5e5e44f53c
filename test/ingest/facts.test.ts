import { expect } from 'chai'
import { instant } from '../support/events/storedEvents.ts'
import { writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { newCast, openPipeline, played } from '../support/pipeline/pipeline.ts'
import { right } from '../support/right.ts'
import type { Taken } from '../support/service/answers.ts'
import { type OwnService, serveHere, sharedService } from '../support/service/service.ts'
import { user as userWebhook } from '../support/webhooks/plainWebhooks.ts'
import {
  at,
  but,
  document,
  fixture,
  identification,
  kycReview,
  liveness,
  newUser,
  refusal,
  request,
  users,
  validation,
  type WebhookFields,
} from '../support/webhooks/webhookBuilders.ts'

describe('one event per fact', () => {
  const service = sharedService()
  const deliver = (webhook: WebhookFields): Promise<Taken> => service().deliver(webhook)

  /** Delivers these in this order and gives what became of each: `appended 0`, `duplicate 0`. */
  const after = async (...webhooks: readonly WebhookFields[]): Promise<readonly string[]> => {
    const outcomes: string[] = []
    for (const webhook of webhooks) {
      const { outcome, events } = await deliver(webhook)
      outcomes.push(`${outcome} ${events.map(({ revision }) => revision).join()}`)
    }
    return outcomes
  }
  const kinds = async (user: string): Promise<readonly string[]> =>
    (await service().kyc(user)).anomalies.map(({ kind }) => kind)
  const echoes = async (user: string): Promise<readonly unknown[]> =>
    (await service().events(user)).map(({ metadata }) => metadata['echoOf'])

  describe('knows a fact again', () => {
    for (const [what, differently] of [
      ['delivered again as it was', {}],
      ['with the same id and another time', { createdAt: at('2026-03-01T00:00:00Z') }],
      ['with the same id and no time', { createdAt: null }],
      ['with another id and the same time', { id: 'another' }],
      ['with no id and the same time', { id: null }],
      ['with the same id under another name of its family', { name: 'user.update' }],
      ['with the same id about another object_id', { objectId: '1' }],
    ] as const) {
      it(what, async () => {
        const user = newUser()
        const webhook = request(user)
        expect(await after(webhook, but(webhook, differently))).to.deep.equal(['appended 0', 'duplicate 0'])
        expect(await service().events(user)).to.have.length(1)
        expect(await service().kyc(user)).to.deep.include({ status: 'pending', anomalies: [], events: 1 })
      })
    }

    it('without id and time, when both are missing again', async () => {
      const user = newUser()
      const webhook = but(request(user), { id: null, createdAt: null })
      expect(await after(webhook, webhook)).to.deep.equal(['appended 0', 'duplicate 0'])
    })

    it('by its payload as it is signed, however it is spelled', async () => {
      const user = newUser()
      const webhook = request(user, {}, { userTag: 'KÖLN a/b' })
      const spelled = but(webhook, {
        payloadText: JSON.stringify(JSON.parse(webhook.payloadText), null, 2).replace('KÖLN a/b', 'K\\u00d6LN a\\/b'),
      })
      expect(await after(webhook, spelled)).to.deep.equal(['appended 0', 'duplicate 0'])
    })

    it('in the time it was sent with, whatever the unit', async () => {
      const user = newUser()
      const webhook = but(request(user), { id: null, createdAt: at('2025-05-01T00:00:00Z') })
      const inSeconds = but(webhook, { createdAt: Date.parse('2025-05-01T00:00:00Z') / 1000 })
      const asText = but(webhook, { createdAt: String(Date.parse('2025-05-01T00:00:00Z')) })
      expect(await after(webhook, inSeconds, asText)).to.deep.equal(['appended 0', 'duplicate 0', 'duplicate 0'])
    })

    it('when fifty deliveries of it arrive at once', async () => {
      const user = newUser()
      const webhook = request(user)
      const all = await Promise.all(Array.from({ length: 50 }, () => deliver(webhook)))
      expect(all.filter(({ outcome }) => outcome === 'appended')).to.have.length(1)
      for (const { events } of all) expect(events).to.deep.equal(all[0]?.events)
      expect(await service().events(user)).to.have.length(1)
    })
  })

  describe('tells facts apart', () => {
    it('by their payload, under different ids and times', async () => {
      const user = newUser()
      expect(await after(request(user), validation(user))).to.deep.equal(['appended 0', 'appended 1'])
      expect(await service().kyc(user)).to.deep.include({ status: 'validated', anomalies: [] })
    })

    it('by their payload under one id, with an anomaly: ids are not signed', async () => {
      const user = newUser()
      const outcomes = await after(request(user, { id: 'reused' }), validation(user, { id: 'reused' }))
      expect(outcomes).to.deep.equal(['appended 0', 'appended 1'])
      expect(await service().kyc(user)).to.include({ status: 'validated', verified: true })
      expect(await kinds(user)).to.deep.equal(['webhook-id-reused'])
    })

    it('by a number that differs only beyond the digits of a double', async () => {
      const user = newUser()
      const one = request(user)
      const payloadText = (digits: string) => one.payloadText.replace('"userTag":""', `"userTag":${digits}`)
      const outcomes = await after(
        but(one, { payloadText: payloadText('9007199254740992') }),
        but(one, { payloadText: payloadText('9007199254740993') }),
      )
      expect(outcomes).to.deep.equal(['appended 0', 'appended 1'])
    })

    it('by the family that their name tells: qes.created and videoConference.created carry one payload', async () => {
      const user = newUser()
      const transaction = { transactionNumber: 'b00ecdec-b721-55c4-8e20-ef3625616926' }
      const qes = identification('qes.created', user, {}, transaction)
      const video = but(qes, { name: 'videoConference.created' })
      expect(await after(qes, video)).to.deep.equal(['appended 0', 'appended 1'])
      expect(await after(video, qes)).to.deep.equal(['duplicate 1', 'duplicate 0'])
      const status = await service().kyc(user)
      expect(status.qes?.state).to.equal('started')
      expect(status.videoConference?.state).to.equal('started')
    })

    it('as in the documented pair of qes.created and videoConference.created, which also share id and time', async () => {
      const outcomes = await after(fixture('qes.created'), fixture('videoConference.created'))
      expect(outcomes).to.deep.equal(['appended 0', 'appended 1'])
      const status = await service().kyc('4137216')
      expect(status.qes?.state).to.equal('started')
      expect(status.videoConference?.state).to.equal('started')
      expect(status.verified).to.equal(false)
    })
  })

  describe('believes the second of two identical requests', () => {
    it('after a refusal: the user is pending again', async () => {
      const user = newUser()
      const first = request(user, { createdAt: at('2025-06-01T00:00:00Z') })
      const no = refusal(user, { createdAt: at('2025-06-02T00:00:00Z') })
      const second = but(first, { id: 'a new request', createdAt: at('2025-06-03T00:00:00Z') })
      expect(await after(first, no)).to.deep.equal(['appended 0', 'appended 1'])
      expect(await service().kyc(user)).to.include({ status: 'refused' })
      expect(await after(second)).to.deep.equal(['appended 2'])
      const status = await service().kyc(user)
      expect(status).to.include({ status: 'pending', verified: false })
      expect(status.legacy['since']).to.equal('2025-06-03T00:00:00.000Z')
      expect(await echoes(user)).to.deep.equal([null, null, 0])
      expect(await kinds(user)).to.deep.equal(['echo'])
      expect((await after(validation(user, { createdAt: at('2025-06-04T00:00:00Z') })))[0]).to.equal('appended 3')
      expect(await service().kyc(user)).to.include({ status: 'validated' })
    })
  })

  describe('never lets a captured success verify again', () => {
    const MAY = {
      first: at('2025-05-01T00:00:00Z'),
      success: at('2025-05-02T00:00:00Z'),
      refusal: at('2025-05-03T00:00:00Z'),
    }
    const replays = [
      ['before the refusal', at('2025-05-02T12:00:00Z')],
      ['just after the refusal', MAY.refusal + 1],
      ['at the very time of the refusal', MAY.refusal],
      ['long after the refusal', at('2026-01-01T00:00:00Z')],
      ['without any time', null],
      ['in the future', at('2999-01-01T00:00:00Z')],
    ] as const

    for (const [when, createdAt] of replays) {
      it(`re-dated ${when}`, async () => {
        const user = newUser()
        const success = validation(user, { createdAt: MAY.success })
        await after(request(user, { createdAt: MAY.first }), success, refusal(user, { createdAt: MAY.refusal }))
        const replayed = but(success, { id: 'forged', createdAt })
        expect(await after(replayed)).to.deep.equal(['appended 3'])
        const status = await service().kyc(user)
        expect(status).to.include({ status: 'refused', verified: false })
        expect(status.legacy['since']).to.equal('2025-05-03T00:00:00.000Z')
        expect(await echoes(user)).to.deep.equal([null, null, null, 1])
        if (createdAt === null || createdAt > MAY.refusal) {
          expect(status.anomalies.filter(({ kind }) => kind === 'echo')).to.have.length(1)
        }
      })
    }

    it('sent before the original refusal arrives, dated after it', async () => {
      const user = newUser()
      const success = validation(user, { createdAt: MAY.success })
      await after(
        request(user, { createdAt: MAY.first }),
        success,
        but(success, { id: 'forged', createdAt: at('2025-05-04T00:00:00Z') }),
        refusal(user, { createdAt: MAY.refusal }),
      )
      expect(await service().kyc(user)).to.include({ status: 'refused', verified: false })
      expect(await kinds(user)).to.include('echo')
    })

    it('sent under the name of another family', async () => {
      const user = newUser()
      const started = identification('qes.created', user)
      const success = identification('qes.finalized.success', user)
      await after(started, success, but(success, { name: 'videoConference.finalized' }))
      const status = await service().kyc(user)
      expect(status.qes?.state).to.equal('succeeded')
      expect(status.videoConference?.state ?? 'none').to.not.equal('succeeded')
    })

    it('of the new life cycle, whose payload states its time', async () => {
      const user = newUser()
      const [asked, passed, refused] = ['2025-05-01T00:00:00Z', '2025-05-02T00:00:00Z', '2025-05-03T00:00:00Z']
      const success = kycReview('result', user, { createdAt: at(passed) }, { lastReviewDatetime: passed })
      await after(
        kycReview('request', user, { createdAt: at(asked) }, { lastRequestDatetime: asked }),
        success,
        kycReview(
          'result',
          user,
          { createdAt: at(refused) },
          { kycStatus: 'REFUSED', kycReview: 3, lastReviewDatetime: refused },
        ),
        but(success, { id: 'forged', createdAt: at('2025-06-01T00:00:00Z') }),
      )
      expect(await service().kyc(user)).to.include({ status: 'refused', verified: false })
      expect(await kinds(user)).to.include('outdated')
    })

    it('of a document or a liveness check', async () => {
      const user = newUser()
      const valid = document('update', user, { createdAt: MAY.success }, { documentStatus: 'VALIDATED' })
      const passed = liveness('update', user, { createdAt: MAY.success }, { score: 1, 'refusal-details': null })
      await after(
        valid,
        document('cancel', user, { createdAt: MAY.refusal }),
        but(valid, { id: 'forged', createdAt: at('2025-06-01T00:00:00Z') }),
        passed,
        liveness('update', user, { createdAt: MAY.refusal }, { score: 0, comment: 'another' }),
        but(passed, { id: 'forged', createdAt: at('2025-06-01T00:00:00Z') }),
      )
      const status = await service().kyc(user)
      expect(status.documents.map(({ state }) => state)).to.deep.equal(['canceled'])
      expect(status.liveness?.state).to.equal('failed')
      expect(status.anomalies.filter(({ kind }) => kind === 'echo')).to.have.length(2)
    })

    it('of a liveness check, under the id of a check that has not passed: that id is not signed', async () => {
      const user = newUser()
      const passed = liveness(
        'update',
        user,
        { objectId: 'first' },
        { score: 1, 'started-at': '2024-03-08T05:32:37Z', 'updated-at': '2024-03-08T05:37:26Z' },
      )
      const second = liveness(
        'create',
        user,
        { objectId: 'second' },
        { 'started-at': '2025-03-08T05:32:37Z', 'updated-at': '2025-03-08T05:32:38Z' },
      )
      await after(
        passed,
        second,
        but(passed, { id: 'forged', createdAt: at('2026-01-01T00:00:00Z'), objectId: 'second' }),
      )
      expect((await service().kyc(user)).liveness?.state).to.equal('processing')
    })
  })

  describe('keeps echoes within bounds', () => {
    it('appends sixteen of them and answers the others as known, into the journal', async () => {
      const user = newUser()
      const original = request(user)
      await deliver(original)
      const before = service().journal(1)[0]?.id ?? 0
      const outcomes = await after(
        ...Array.from({ length: 60 }, (_, i) =>
          but(original, { id: `echo ${i}`, createdAt: at('2025-07-01T00:00:00Z') + i * 10_000 }),
        ),
      )
      expect(outcomes.slice(0, 16)).to.deep.equal(Array.from({ length: 16 }, (_, i) => `appended ${i + 1}`))
      expect(outcomes.slice(16)).to.deep.equal(Array.from({ length: 44 }, () => 'duplicate 0'))
      expect(await service().events(user)).to.have.length(17)
      const journaled = service()
        .journal()
        .filter(({ id }) => id > before)
      expect(journaled.map(({ reason }) => reason)).to.deep.equal(Array.from({ length: 44 }, () => 'echo-limit'))
      expect((await after(validation(user)))[0]).to.equal('appended 17')
    })

    it('counts those of each payload, and of each user, for themselves', async () => {
      const [one, other] = [newUser(), newUser()]
      const echoesOf = (webhook: WebhookFields) =>
        Array.from({ length: 18 }, (_, i) => but(webhook, { id: `e${i}`, createdAt: at('2025-07-01T00:00:00Z') + i }))
      await after(...echoesOf(request(one)), ...echoesOf(refusal(one)), ...echoesOf(request(other)))
      expect(await service().events(one)).to.have.length(34)
      expect(await service().events(other)).to.have.length(17)
    })

    it('appends no more than sixteen when sixty arrive at once', async () => {
      const user = newUser()
      const original = request(user)
      await deliver(original)
      await Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          deliver(but(original, { id: `echo ${i}`, createdAt: at('2025-07-01T00:00:00Z') + i * 10_000 })),
        ),
      )
      expect(await service().events(user)).to.have.length(17)
    })
  })

  describe('concerns each user of a webhook', () => {
    it('with one event in the stream of each', async () => {
      const family = [newUser(), newUser(), newUser()]
      const webhook = users(family.map((userId, i) => ({ userId, kycReview: String(i + 1) })))
      const taken = await deliver(webhook)
      expect(taken.events.map(({ stream }) => stream)).to.deep.equal(family.map((userId) => `kyc-${userId}`))
      expect(new Set(taken.events.map(({ eventId }) => eventId)).size).to.equal(3)
      const statuses = await Promise.all(family.map(async (userId) => (await service().kyc(userId)).status))
      expect(statuses).to.deep.equal(['pending', 'validated', 'refused'])
      expect((await deliver(webhook)).outcome).to.equal('duplicate')
    })

    it('with one event even when it names a user twice', async () => {
      const user = newUser()
      const taken = await deliver(
        users([
          { userId: user, kycReview: '2' },
          { userId: user, kycReview: '3' },
        ]),
      )
      expect(taken.events).to.have.length(1)
      expect(await service().kyc(user)).to.include({ status: 'refused', verified: false, events: 1 })
    })

    it('and completes by redelivery what was left half done', async () => {
      const family = [newUser(), newUser(), newUser()]
      const webhook = users(family.map((userId) => ({ userId, kycReview: '2' })))
      const whole = await deliver(webhook)
      const [done] = await service().events(family[1] ?? '')
      if (done === undefined) throw new Error('no event')

      // The log of a service that died after the second of three appends.
      const directory = newDirectory()
      const { eventId, type } = done
      const [raw = { metadata: '', data: '' }] = await rawEvents(service(), family[1] ?? '')
      await writingLog(directory, async (log) =>
        right(await log.append(`kyc-${family[1]}`, 'no-stream', [{ eventId, type, ...raw }])()),
      )

      const restarted = await serveHere(directory)
      const taken = await restarted.deliver(webhook)
      expect(taken.outcome).to.equal('appended')
      expect(taken.events.map((event) => [event.stream, event.revision])).to.deep.equal(
        family.map((userId) => [`kyc-${userId}`, 0]),
      )
      expect(taken.events.map((event) => event.eventId)).to.deep.equal(whole.events.map((event) => event.eventId))
      for (const userId of family) expect(await restarted.events(userId)).to.have.length(1)
      expect((await restarted.deliver(webhook)).outcome).to.equal('duplicate')
      await restarted.stop()
    })
  })

  it('records an event never earlier than the one before it in its stream, whatever the clock says', async () => {
    const pipeline = await openPipeline()
    const { user } = newCast()
    const arrive = (kycReview: string, at: string, receivedAt: string) =>
      pipeline.deliver(played(userWebhook(kycReview, at), { user, other: user }), instant(receivedAt))
    await arrive('1', '2024-06-01T00:00:00Z', '2024-07-01T00:00:02Z')
    await arrive('2', '2024-06-02T00:00:00Z', '2024-07-01T00:00:01Z')
    await arrive('3', '2024-06-03T00:00:00Z', '2024-07-01T00:00:03Z')
    const recorded = (await pipeline.userEvents(user)).own.map(({ metadata }) => JSON.parse(metadata).recordedAt)
    expect(recorded).to.deep.equal(['02', '02', '03'].map((second) => `2024-07-01T00:00:${second}.000000Z`))
    await pipeline.close()
  })

  describe('dates an event', () => {
    const dated = async (webhook: WebhookFields, user: string): Promise<Record<string, unknown>> => {
      await deliver(webhook)
      const history = (await (await service().get(`/users/${user}/kyc/history`)).json()) as {
        readonly events: readonly Record<string, unknown>[]
      }
      return history.events.at(-1) ?? {}
    }
    /** When it was received, which is not long ago. */
    const atReceipt = ({ occurredAt, receivedAt, recordedAt }: Record<string, unknown>): void => {
      expect(occurredAt).to.equal(receivedAt)
      expect(String(occurredAt) <= String(recordedAt)).to.equal(true)
      expect(Math.abs(Date.parse(String(occurredAt)) - Date.now())).to.be.lessThan(60_000)
    }

    for (const [unit, createdAt] of [
      ['seconds', 1735819445],
      ['milliseconds', 1735819445000],
      ['tenths of milliseconds', 17358194450000],
      ['tenths of milliseconds as text', '17358194450000'],
      ['seconds as text with decimals', '1735819445.0000'],
    ] as const) {
      it(`by webhook_created_at in ${unit}`, async () => {
        const user = newUser()
        const metadata = await dated(request(user, { createdAt }), user)
        expect(metadata).to.include({ occurredAt: '2025-01-02T12:04:05.000Z', weaklyDated: false })
      })
    }

    it('by the time of the payload where the webhook has none', async () => {
      const user = newUser()
      const none = { createdAt: null }
      const occurredAt = async (webhook: WebhookFields): Promise<unknown> => {
        const { occurredAt, weaklyDated } = await dated(webhook, user)
        expect(weaklyDated).to.equal(false)
        return occurredAt
      }
      expect(await occurredAt(kycReview('result', user, none))).to.equal('2015-02-25T15:06:39.000Z')
      expect(await occurredAt(kycReview('request', user, none))).to.equal('2015-02-25T11:06:39.000Z')
      expect(await occurredAt(liveness('update', user, none))).to.equal('2024-03-08T05:37:26.076Z')
      expect(await occurredAt(identification('qes.finalized.success', user, none))).to.equal('2024-06-27T07:16:23.000Z')
      expect(await occurredAt(document('create', user, none))).to.equal('2020-05-19T08:34:21.000Z')
      expect(await occurredAt(document('update', user, none))).to.equal('2020-05-13T16:28:43.000Z')
    })

    it('by receipt where nothing else does', async () => {
      const user = newUser()
      const metadata = await dated(request(user, { createdAt: null }), user)
      expect(metadata['weaklyDated']).to.equal(true)
      atReceipt(metadata)
    })

    it('by receipt where it claims to be more than five minutes later, with an anomaly', async () => {
      const user = newUser()
      const metadata = await dated(request(user, { createdAt: (Date.now() + 6 * 60_000) * 10 }), user)
      atReceipt(metadata)
      expect(metadata['weaklyDated']).to.equal(true)
      expect(await kinds(user)).to.deep.equal(['time-not-believed'])
      const other = newUser()
      const soon = (Date.now() + 4 * 60_000) * 10
      const little = await dated(request(other, { createdAt: soon }), other)
      atReceipt(little)
      expect(little['weaklyDated']).to.equal(false)
      expect(await kinds(other)).to.deep.equal([])
    })

    it('by the signed payload where it claims to be more than five minutes earlier, with an anomaly', async () => {
      const user = newUser()
      const earlier = await dated(kycReview('result', user, { createdAt: at('2015-02-25T15:01:00Z') }), user)
      expect(earlier['occurredAt']).to.equal('2015-02-25T15:06:39.000Z')
      expect(await kinds(user)).to.include('time-not-believed')
      const other = newUser()
      const little = await dated(kycReview('result', other, { createdAt: at('2015-02-25T15:02:00Z') }), other)
      expect(little['occurredAt']).to.equal('2015-02-25T15:02:00.000Z')
      expect(await kinds(other)).to.not.include('time-not-believed')
    })

    it("not by a document's dates against webhook_created_at: they mix up time zones", async () => {
      const user = newUser()
      const metadata = await dated(document('create', user, { createdAt: at('2020-05-19T07:00:00Z') }), user)
      expect(metadata['occurredAt']).to.equal('2020-05-19T07:00:00.000Z')
      expect(await kinds(user)).to.deep.equal([])
    })
  })
})

/** `data` and `metadata` of each event as the texts that were sent. */
const rawEvents = async (service: OwnService, user: string) => {
  const text = await (await service.get(`/users/${user}/events`, { accept: 'application/x-ndjson' })).text()
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, metadata = '', data = ''] = /"metadata":(\{.*?\}),"data":(.*)\}$/.exec(line) ?? []
      return { metadata, data }
    })
}
