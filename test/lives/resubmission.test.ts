import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import type { KycStatus } from '../support/service/answers.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere, serveHere } from '../support/service/service.ts'
import {
  newUser,
  refusal,
  request,
  signed,
  validation,
  type WebhookFields,
} from '../support/webhooks/webhookBuilders.ts'

const NEW_SECRET = 'the secret that the provider has changed to'
const UNDATED = { id: null, createdAt: null }

/** What the service keeps of the receipt of an event. */
interface Receipt {
  readonly receivedAt: string
  readonly recordedAt: string
}

describe('a delivery that was refused for its secret and comes again', () => {
  let service: OwnService
  afterEach(() => service.stop())

  const refusedFirst = async (webhook: WebhookFields | string): Promise<string> => {
    const body = typeof webhook === 'string' ? webhook : signed(webhook, NEW_SECRET)
    expect((await service.post(body)).status).to.equal(503)
    return body
  }
  const startAgain = async (secrets: string): Promise<void> => {
    await service.stop()
    service = await readyHere(service.directory, { TREEZOR_WEBHOOK_SECRET: secrets })
  }
  const mendSecret = (): Promise<void> => startAgain(`development,${NEW_SECRET}`)
  const resubmitAll = (): Promise<unknown> =>
    kycHere(service.directory, ['journal', 'resubmit', '--reason', 'signature'], { KYC_URL: service.url })
  /** What is submitted again from outside is not waited for by itself. */
  const statusAfter = (user: string, events: number): Promise<KycStatus> =>
    eventually(`${events} events of the user`, async () => {
      const status = await service.kyc(user)
      return status.events === events ? status : null
    })
  const lastReceipt = async (user: string): Promise<Receipt> =>
    (await service.events(user)).at(-1)?.metadata as unknown as Receipt

  for (const [name, comeAgain] of [
    ['from the journal', async (_: string) => void (await resubmitAll())],
    ['from the provider', async (body: string) => void expect((await service.post(body)).status).to.equal(200)],
  ] as const) {
    it(`(${name}) was received when it first came, recorded when it was appended`, async () => {
      service = await serveHere(newDirectory())
      const user = newUser()
      await service.deliver(request(user))
      const body = await refusedFirst(validation(user))
      const [row] = service.journal()
      const mended = new Date().toISOString()
      await mendSecret()
      await comeAgain(body)
      const { receivedAt, recordedAt } = await lastReceipt(user)
      expect(receivedAt).to.equal(row?.receivedAt)
      expect(Date.parse(recordedAt)).to.be.at.least(Date.parse(mended))
      expect(await statusAfter(user, 2)).to.include({ status: 'validated' })
      expect(service.journal()[0]).to.include({ doneAs: 'appended' })
    })

    it(`(${name}) validates nobody who was refused meanwhile, whether it is dated or not`, async () => {
      service = await serveHere(newDirectory())
      const users = [newUser(), newUser()]
      const bodies: string[] = []
      for (const [index, user] of users.entries()) {
        await service.deliver(request(user))
        const now = Date.now() * 10
        bodies.push(await refusedFirst(validation(user, index === 0 ? UNDATED : { createdAt: now })))
        await service.deliver(refusal(user, { createdAt: now + 10 }))
      }
      await mendSecret()
      for (const body of bodies) await comeAgain(body)
      for (const user of users) {
        expect(await statusAfter(user, 3)).to.include({ status: 'refused', verified: false })
      }
    })
  }

  for (const [name, sendAgain] of [
    ['is taken at once', async (body: string) => void expect((await service.post(body)).status).to.equal(200)],
    [
      'is refused and submitted again',
      async (body: string) => {
        await startAgain('development')
        await refusedFirst(body)
        await mendSecret()
        await resubmitAll()
      },
    ],
  ] as const) {
    it(`is done by then: the very same refusal that comes once more and ${name} is a second one`, async () => {
      service = await serveHere(newDirectory())
      const user = newUser()
      await service.deliver(request(user))
      const refused = await refusedFirst(refusal(user, UNDATED))
      await mendSecret()
      await resubmitAll()
      expect(service.journal()[0]).to.include({ doneAs: 'appended' })
      await service.deliver(validation(user, { createdAt: Date.now() * 10 }))
      expect(await service.kyc(user)).to.include({ status: 'validated' })
      await sendAgain(refused)
      expect(await statusAfter(user, 4)).to.include({ status: 'refused', verified: false })
    })
  }

  it('adds no entries to the journal, however often it is submitted again in vain', async () => {
    service = await serveHere(newDirectory())
    await refusedFirst(validation(newUser()))
    const before = service.journal()
    await resubmitAll()
    await resubmitAll()
    expect(service.journal()).to.deep.equal(before)
  })

  it('is submitted again only with the very body that the journal holds under that id', async () => {
    service = await serveHere(newDirectory())
    const user = newUser()
    const body = await refusedFirst(validation(user))
    const [row] = service.journal()
    const other = signed(validation(newUser()), NEW_SECRET)
    expect((await service.post(other, { 'Kyc-Journal-Id': String(row?.id) })).status).to.equal(503)
    expect(service.journal()).to.have.length(2)
    expect((await service.post(body, { 'Kyc-Journal-Id': '4711' })).status).to.equal(503)
    expect(service.journal().at(-1)).to.include({ times: 2 })
    expect((await service.post(body, { 'Kyc-Journal-Id': String(row?.id) })).status).to.equal(503)
    expect(service.journal().at(-1)).to.include({ times: 2 })
  })
})
