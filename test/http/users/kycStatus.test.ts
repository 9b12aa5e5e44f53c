import { request as httpRequest } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { expect } from 'chai'
import { newDirectory } from '../../support/newDirectory.ts'
import { ROOM_MS } from '../../support/patience.ts'
import { answered, expectProblem } from '../../support/service/answers.ts'
import { DOCUMENTED_LIFECYCLE, LIVENESS_REASONS, VALIDATED_6461762 } from '../../support/service/contract.ts'
import { type OwnService, serveHere, sharedService } from '../../support/service/service.ts'
import {
  at,
  document,
  fixture,
  identification,
  kycReview,
  liveness,
  newUser,
  request,
  signed,
  validation,
  type WebhookFields,
} from '../../support/webhooks/webhookBuilders.ts'

/** Asks for exactly this path; `fetch` would resolve its dots. */
const getRaw = (url: string, path: string): Promise<{ readonly status: number | undefined; readonly text: string }> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    httpRequest({ hostname, port, path, agent: false }, async (response) => {
      resolve({ status: response.statusCode, text: await textOf(response) })
    })
      .on('error', reject)
      .end()
  })

/** Runs with a service of its own, so that documented user ids are free. */
const withService = async (use: (service: OwnService) => Promise<void>): Promise<void> => {
  const service = await serveHere(newDirectory())
  await use(service)
  await service.stop()
}

describe('the status of a user', () => {
  describe('after the documented webhooks', () => {
    const requested = fixture('user.kycrequest')
    const reviewed = fixture('user.kycreview')

    for (const [how, deliveries] of [
      ['in order', [requested, reviewed]],
      ['in the other order', [reviewed, requested]],
      ['each three times', [requested, reviewed, requested, reviewed, reviewed, requested]],
      ['each three times, results first', [reviewed, reviewed, reviewed, requested, requested, requested]],
    ] as const) {
      it(`tells that user 6461762 is validated since the review, the two ${how}`, () =>
        withService(async (service) => {
          for (const webhook of deliveries) await service.deliver(webhook)
          expect(await service.kycBody('6461762')).to.equal(JSON.stringify(VALIDATED_6461762))
          expect(await service.events('6461762')).to.have.length(2)
        }))
    }

    it('tells that user 6461762 is pending between the two', () =>
      withService(async (service) => {
        await service.deliver(requested)
        const status = await service.kyc('6461762')
        expect(status).to.include({ status: 'pending', verified: false, events: 1, revision: 0 })
        expect(status.legacy).to.deep.include({ state: 'pending', since: '2022-05-23T08:29:38.616Z' })
      }))

    for (const [how, deliveries] of [
      ['in order', ['kycreview.request', 'kycreview.result']],
      ['in the other order', ['kycreview.result', 'kycreview.request']],
    ] as const) {
      it(`lets the new life cycle govern user 1, request and result ${how} at one and the same time`, () =>
        withService(async (service) => {
          for (const name of deliveries) await service.deliver(fixture(name))
          const status = await service.kyc('1')
          expect(status).to.include({ status: 'validated', verified: true, governedBy: 'lifecycle', events: 2 })
          expect(status.lifecycle).to.deep.equal(DOCUMENTED_LIFECYCLE)
          expect(status.legacy.state).to.equal('none')
          expect(status.anomalies).to.deep.equal([])
        }))
    }
  })

  describe('shows what it rests on', () => {
    const service = sharedService()
    const statusAfter = async (user: string, ...webhooks: readonly WebhookFields[]) => {
      for (const webhook of webhooks) await service().deliver(webhook)
      return service().kyc(user)
    }

    it('its documents', async () => {
      const user = newUser()
      const status = await statusAfter(user, document('create', user, { createdAt: at('2025-02-03T04:05:06Z') }))
      expect(status.status).to.equal('none')
      expect(status.documents).to.deep.equal([
        {
          documentId: '80009',
          type: { code: 17, name: 'PASSPORT' },
          state: 'pending',
          codeStatus: '600003',
          since: '2025-02-03T04:05:06.000Z',
        },
      ])
    })

    it('the liveness check, whose score means nothing before it is processed', async () => {
      const user = newUser()
      const started = await statusAfter(user, liveness('create', user))
      expect(started.liveness).to.include({ state: 'processing', identificationId: 'liveness-1' })
      expect(started.liveness).to.not.have.property('score')
      const failed = await statusAfter(user, liveness('update', user))
      expect(failed.liveness).to.deep.include({
        state: 'failed',
        score: 0,
        reasons: LIVENESS_REASONS,
      })
      expect(failed).to.include({ status: 'none', verified: false })
    })

    it('QES and video conference, which by themselves verify nobody', async () => {
      const user = newUser()
      const status = await statusAfter(
        user,
        identification('qes.created', user),
        identification('qes.processing', user),
        identification('qes.finalized.success', user),
        identification('videoConference.created', user),
        identification('videoConference.processing', user),
        identification('videoConference.finalized.canceled', user),
      )
      expect(status.qes).to.include({ state: 'succeeded', result: 'SUCCESS_DATA_CHANGED' })
      expect(status.videoConference).to.deep.include({
        state: 'canceled',
        result: 'CANCELED',
        reasons: [{ code: '3201', message: 'WARNING_SELFIE_REAL_PERSON' }],
      })
      expect(status).to.include({ status: 'none', verified: false })
    })

    it('and that the two life cycles contradict each other', async () => {
      const user = newUser()
      const status = await statusAfter(
        user,
        request(user),
        validation(user),
        kycReview('request', user),
        kycReview('result', user, {}, { kycStatus: 'REFUSED', kycReview: 3 }),
      )
      expect(status).to.include({ status: 'refused', verified: false, governedBy: 'lifecycle' })
      expect(status.anomalies.map(({ kind }) => kind)).to.deep.equal(['life-cycles-contradict'])
    })
  })

  describe('as it is read', () => {
    const service = sharedService()

    it('is 400 for an id that a client would take for a path', async () => {
      for (const id of ['%2e%2e', '%2e', '..', '%2e%2e%2fadmin']) {
        const { status, text } = await getRaw(`${service().url}`, `/users/${id}/kyc`)
        expect(status, id).to.equal(400)
        expect(JSON.parse(text), id).to.include({ status: 400 })
      }
    })

    it('carries an entity tag that changes with the next event', async () => {
      const user = newUser()
      await service().deliver(request(user))
      await service().kyc(user)
      const first = await service().get(`/users/${user}/kyc`)
      expect(first.headers.get('content-type')).to.equal('application/json; charset=utf-8')
      const etag = first.headers.get('etag') ?? ''
      expect(etag).to.match(/^"[^"]+"$/)
      expect((await service().get(`/users/${user}/kyc`)).headers.get('etag')).to.equal(etag)
      await service().deliver(validation(user))
      await service().kyc(user)
      expect((await service().get(`/users/${user}/kyc`)).headers.get('etag')).to.not.equal(etag)
    })

    it('answers 304 without a body while the entity tag holds', async () => {
      const user = newUser()
      await service().deliver(request(user))
      await service().kyc(user)
      const path = `/users/${user}/kyc`
      const etag = (await service().get(path)).headers.get('etag') ?? ''
      for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const response = await service().get(path, { 'if-none-match': condition })
        expect(response.status, condition).to.equal(304)
        expect(await response.text()).to.equal('')
        expect(response.headers.get('etag')).to.equal(etag)
        expect(response.headers.get('kyc-position')).to.be.a('string')
      }
      for (const condition of ['"other"', etag.slice(1, -1)]) {
        const response = await service().get(path, { 'if-none-match': condition })
        expect(response.status, condition).to.equal(200)
      }
      await service().deliver(validation(user))
      await service().kyc(user)
      expect((await service().get(path, { 'if-none-match': etag })).status).to.equal(200)
    })

    it('is the same for HEAD, without the body', async () => {
      const user = newUser()
      await service().deliver(request(user))
      await service().kyc(user)
      const path = `/users/${user}/kyc`
      const head = await fetch(service().url + path, { method: 'HEAD' })
      expect(head.status).to.equal(200)
      const get = await service().get(path)
      for (const header of ['etag', 'kyc-position', 'cache-control', 'content-type', 'content-length']) {
        expect(head.headers.get(header), header).to.be.a('string').and.equal(get.headers.get(header))
      }
      expect(await head.text()).to.equal('')
      expect(Buffer.byteLength(await get.text())).to.equal(Number(get.headers.get('content-length')))
    })

    it('is never kept by a shared cache', async () => {
      const user = newUser()
      await service().deliver(request(user))
      await service().kyc(user)
      expect((await service().get(`/users/${user}/kyc`)).headers.get('cache-control')).to.match(/private/)
    })

    it('holds every acknowledged event at once, when asked from its position on', async () => {
      const user = newUser()
      for (let i = 0; i < 200; i++) {
        const taken = await service().deliver(
          (i % 2 === 0 ? request : validation)(user, {}, { kycReviewComment: `${i}` }),
        )
        const position = taken.events[0]?.position ?? ''
        const response = await answered(() => service().get(`/users/${user}/kyc?minPosition=${position}`))
        expect(response.status).to.equal(200)
        expect(await response.json()).to.include({ revision: i, status: i % 2 === 0 ? 'pending' : 'validated' })
        expect((response.headers.get('kyc-position') ?? '') >= position).to.equal(true)
      }
    })

    it('holds them with many users at once, too', async () => {
      await Promise.all(
        Array.from({ length: 100 }, async () => {
          const user = newUser()
          const taken = await service().deliver(request(user))
          const path = `/users/${user}/kyc?minPosition=${taken.events[0]?.position}`
          const response = await answered(() => service().get(path))
          expect(response.status).to.equal(200)
          await response.text()
        }),
      )
    })

    it('answers 503 after about two seconds where the position is never reached', async () => {
      const taken = await service().deliver(request(newUser()))
      const never = (taken.events[0]?.position ?? '').replace(/^./, '9')
      const before = performance.now()
      const response = await service().get(`/users/1/kyc?minPosition=${never}`)
      await expectProblem(response, 503)
      expect(response.headers.get('retry-after')).to.match(/^\d+$/)
      expect(performance.now() - before).to.be.within(1900, 2000 + ROOM_MS)
    })

    it('refuses what is no position with 400', async () => {
      for (const query of [
        'minPosition=',
        'minPosition=%20',
        'minPosition=a%00b',
        'minPosition=1&minPosition=2',
        'minPosition=%F0%9F%99%83',
        `minPosition=${'1'.repeat(1000)}`,
        'minPosition=../../etc',
      ]) {
        await expectProblem(await service().get(`/users/1/kyc?${query}`), 400)
      }
    })

    it('refuses a question it does not know rather than answer another one', async () => {
      for (const query of ['asof=2020-01-01T00:00:00Z', 'minposition=1', '__proto__=1', 'x=1']) {
        await expectProblem(await service().get(`/users/1/kyc?${query}`), 400)
      }
    })

    it('is 404 for a user of whom nothing is known', async () => {
      const response = await service().get(`/users/${newUser()}/kyc`)
      await expectProblem(response, 404)
      await expectProblem(await service().get(`/users/${newUser()}/events`), 404)
    })

    for (const id of [
      '0',
      '-1',
      '007',
      '+1',
      'abc',
      '1.0',
      '1e3',
      '12345678901234567890',
      '%20',
      '1%20',
      '1%00',
      '%D9%A1',
      '%F0%9F%99%83',
      'unattributed',
      '1;DROP%20TABLE',
      'constructor',
    ]) {
      it(`is 400 for ${id}, which can be nobody's id`, async () => {
        await expectProblem(await service().get(`/users/${id}/kyc`), 400)
        await expectProblem(await service().get(`/users/${id}/events`), 400)
      })
    }
  })
})

describe('every error', () => {
  const service = sharedService()

  it('is a problem document: a path where nothing is', async () => {
    for (const path of ['/nothing', '/users/1', '/users//kyc', '/users/1/kyc/x', '/webhooks', '/%2e%2e/x']) {
      await expectProblem(await service().get(path), 404)
    }
  })

  it('is a problem document: a path that cannot be decoded', async () => {
    await expectProblem(await service().get('/users/%E0%A4%A/kyc'), 400)
  })

  it('is a problem document: a method that a path does not know', async () => {
    const wrong = async (method: string, path: string): Promise<void> => {
      const response = await fetch(service().url + path, { method })
      expect(response.status, `${method} ${path}`).to.be.oneOf([404, 405])
      await expectProblem(response, response.status)
    }
    await wrong('GET', '/webhooks/treezor')
    await wrong('PUT', '/webhooks/treezor')
    await wrong('POST', '/users/1/kyc')
    await wrong('DELETE', '/users/1/events')
    await wrong('POST', '/metrics')
  })

  it('says nothing of what was sent', async () => {
    const marker = 'Aurelie-Chene'
    for (const response of [
      await service().get(`/users/${marker}/kyc`),
      await service().get(`/${marker}`),
      await service().get(`/users/1/kyc?${marker}=${marker}`),
      await service().get(`/users/1/kyc?minPosition=%20${marker}`),
      await service().get(`/users/1/events?from=${marker}`),
      await service().post(`{"webhook":"${marker}`),
      await service().post(signed(request('1'), marker), { 'content-type': marker, 'content-encoding': marker }),
    ]) {
      expect(await expectProblem(response, response.status)).to.not.include(marker)
    }
  })

  it('leaves no trace of the framework', async () => {
    const response = await service().get('/nothing')
    expect(response.headers.get('x-powered-by')).to.equal(null)
    expect(await response.text()).to.not.match(/express|node_modules|at .*:\d+/i)
  })
})
