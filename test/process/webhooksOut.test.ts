import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { type Answering, answering } from '../support/attestation/answering.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, startService } from '../support/service/service.ts'
import { newUser, request, validation } from '../support/webhooks/webhookBuilders.ts'

const SYMMETRIC = `whsec_${randomBytes(32).toString('base64')}`
const NEXT = `whsec_${randomBytes(24).toString('base64')}`
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const ED25519 = `whsk_${privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32).toString('base64')}`
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/** A webhook that was verified, as a receiver takes it. */
interface Event {
  readonly id: string
  readonly subject: string
  readonly data: {
    readonly status: string
    readonly verified: boolean
    readonly since: string | null
    readonly position: string
  }
}

interface Receiver extends Answering {
  readonly came: readonly Event[]
  /** What it answers, and after how long; `null`: nothing. */
  readonly answers: (status: number | null, afterMs?: number) => void
}

/** Verifies as the packages of receivers do, and by every secret. */
const receiving = async (): Promise<Receiver> => {
  const came: Event[] = []
  let [status, afterMs]: [number | null, number] = [204, 0]
  const server = await answering(async (req, res) => {
    const body = await text(req)
    const headers = req.headers as Record<string, string>
    // Nobody takes spans of this service.
    expect(headers).not.to.have.property('traceparent')
    new Webhook(SYMMETRIC).verify(body, headers)
    new SvixWebhook(NEXT).verify(body, headers)
    const [, , asymmetric = ''] = headers['webhook-signature']?.split(' ') ?? []
    const signedText = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    expect(
      verify(null, Buffer.from(signedText), publicKey, Buffer.from(asymmetric.replace('v1a,', ''), 'base64')),
    ).to.equal(true)
    const event = JSON.parse(body) as Event
    expect(event.id).to.equal(headers['webhook-id'])
    came.push(event)
    if (status !== null) setTimeout((code: number) => res.writeHead(code).end(), afterMs, status)
  })
  return {
    ...server,
    came,
    answers: (next, after = 0) => {
      ;[status, afterMs] = [next, after]
    },
  }
}

const endpoints = (url: string): Readonly<Record<string, string>> => {
  const file = join(newDirectory(), 'webhooks-out.json')
  const endpoint = { name: 'payments', url, secrets: [SYMMETRIC, NEXT, ED25519], from: 'beginning', allowPrivate: true }
  writeFileSync(file, JSON.stringify({ version: 1, endpoints: [endpoint] }))
  return { WEBHOOKS_OUT: file, LOG_LEVEL: 'trace' }
}

/** What the receiver knows of a user in the end. */
const known = ({ came }: Receiver, userId: string): Event['data'] | undefined =>
  came.findLast(({ subject }) => subject === userId)?.data

const stateOf = async (service: OwnService): Promise<string | undefined> =>
  (await service.json<{ webhooksOut?: Record<string, string> }>('/health/ready')).webhooksOut?.['payments']

describe('a service that tells others', () => {
  it('sends what each user comes to, signed by every secret, over a kill in the middle too; shows how that goes, and no secret', async () => {
    const receiver = await receiving()
    const env = endpoints(`${receiver.url}/hooks`)
    const service = await startService(newDirectory(), env)
    await service.ready()
    const kept = join(service.directory, 'webhooks-out', 'payments.json')
    const first = newUser()
    await service.deliver(request(first))
    await untilTrue('it is told', () => known(receiver, first)?.status === 'pending')
    expect(known(receiver, first)?.verified).to.equal(false)
    await service.deliver(validation(first))
    await untilTrue('it is told', () => known(receiver, first)?.status === 'validated')
    const { data } = receiver.came.at(-1) ?? {}
    expect(data).to.deep.include({ status: 'validated', verified: true })
    expect((await service.get(`/users/${first}/kyc?minPosition=${data?.position}`)).status).to.equal(200)
    let metrics = ''
    await untilTrue('it is counted', async () => {
      metrics = await (await service.get('/metrics')).text()
      return /^kyc_webhooks_out_delivered_total\{endpoint="payments"\} [2-9]/m.test(metrics)
    })
    for (const none of ['failed_total', 'given_up_total', 'off', 'down']) {
      expect(metrics).to.include(`kyc_webhooks_out_${none}{endpoint="payments"} 0`)
    }
    expect(await stateOf(service)).to.equal('on')

    // None is answered: the kill comes while some are under way and most are not begun.
    await untilTrue('it is kept', () => readFileSync(kept, 'utf8').includes(receiver.came.at(-1)?.id ?? '-'))
    receiver.answers(null)
    const users = Array.from({ length: 40 }, newUser)
    const isTold = (user: string): boolean => known(receiver, user) !== undefined
    for (const user of users) await service.deliver(request(user))
    for (const user of users.slice(0, 20)) await service.deliver(validation(user))
    await untilTrue('some are told', () => users.filter(isTold).length > 5)
    await service.kill()
    const before = receiver.came.length
    expect(users.every(isTold), 'it was killed in the middle').to.equal(false)
    receiver.answers(204)
    const next = await startService(service.directory, env)
    const status = (user: string): string => (users.indexOf(user) < 20 ? 'validated' : 'pending')
    await untilTrue('all are told', () => users.every((user) => known(receiver, user)?.status === status(user)))
    // What was delivered before and is sent again is known by its id.
    const again = receiver.came.slice(before)
    for (const { id, subject } of again) {
      const same = receiver.came
        .slice(0, before)
        .filter((one) => one.subject === subject && one.data.status === status(subject))
      if (same.length > 0) expect(same.map((one) => one.id)).to.include(id)
    }
    expect(again.map(({ subject }) => subject)).to.not.include(first)
    expect(await next.stop()).to.deep.equal({ code: 0, signal: null })

    const written =
      [service, next].map(({ stdout, stderr }) => stdout() + stderr()).join('') + readFileSync(kept, 'utf8')
    for (const secret of [SYMMETRIC, NEXT, ED25519]) {
      for (const form of [
        secret,
        secret.split('_')[1] ?? '',
        Buffer.from(secret.split('_')[1] ?? '', 'base64').toString('hex'),
      ]) {
        expect(written).to.not.include(form)
      }
    }
    expect(written).to.not.include('/hooks')
    expect(readFileSync(kept, 'utf8')).to.not.match(/validated|pending/)
    const listed = await kycHere(service.directory, ['webhooks'], env)
    expect(listed.code).to.equal(0)
    expect(listed.stdout).to.match(/\| payments \| on +\|/)
    const shown = /whpk_\S+/.exec(listed.stdout)?.[0].slice('whpk_'.length) ?? ''
    const key = createPublicKey({
      key: Buffer.concat([SPKI, Buffer.from(shown, 'base64')]),
      format: 'der',
      type: 'spki',
    })
    expect(key.equals(publicKey)).to.equal(true)
    await receiver.close()
  })

  it('stops at 410 and stays ready, says so, and goes on once it is switched on; it ends in time however a receiver hangs', async () => {
    const receiver = await receiving()
    receiver.answers(410)
    const env = endpoints(receiver.url)
    const service = await startService(newDirectory(), env)
    await service.ready()
    const user = newUser()
    await service.deliver(request(user))
    await untilTrue('it is off', async () => (await stateOf(service)) === 'off')
    expect(await (await service.get('/metrics')).text()).to.include('kyc_webhooks_out_off{endpoint="payments"} 1')
    await service.says('outgoing webhooks are switched off')
    const other = newUser()
    await service.deliver(request(other))
    await service.kyc(other)
    const kept = join(service.directory, 'webhooks-out', 'payments.json')
    await untilTrue('it is kept', () => existsSync(kept) && readFileSync(kept, 'utf8').includes('"gone"'))
    expect((await kycHere(service.directory, ['webhooks'], env)).stdout).to.include('off: it answered 410')
    expect((await kycHere(service.directory, ['webhooks', '--on', 'nobody'], env)).code).to.equal(2)
    expect((await kycHere(service.directory, ['webhooks', '--off', 'payments'], env)).code).to.equal(2)

    receiver.answers(null)
    expect((await kycHere(service.directory, ['webhooks', '--on', 'payments'], env)).code).to.equal(0)
    await untilTrue('both are sent', () => new Set(receiver.came.slice(1).map(({ subject }) => subject)).size === 2)
    expect(await stateOf(service)).to.equal('on')
    expect(await service.stop()).to.deep.equal({ code: 0, signal: null })
    expect(globSync('*', { cwd: join(service.directory, 'webhooks-out') })).to.deep.equal(['payments.json'])
    expect(JSON.parse(readFileSync(kept, 'utf8')).waiting.length).to.equal(2)
    await receiver.close()
  })
})
