import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { KNOWN_NAMES } from '../../domain/treezor/family.ts'
import { countRecords } from '../../src/provider/csv.ts'
import { type Provider, RESENT_SINCE, type Resending } from '../../src/provider/provider.ts'
import { answering } from '../support/attestation/answering.ts'
import { newDirectory, removeDirectories } from '../support/newDirectory.ts'
import { answered } from '../support/service/answers.ts'
import { startHere } from '../support/service/inProcess.ts'
import * as fault from '../support/treezorApi/faults.ts'
import { providerOf } from '../support/treezorApi/providerOf.ts'
import { emittedOf } from '../support/treezorApi/resending.ts'
import { type Manner, type TreezorApi, treezorApi } from '../support/treezorApi/treezorApi.ts'
import { at, newUser, payin, request, validation } from '../support/webhooks/webhookBuilders.ts'

const WATCHING = { everyMs: 5, withinMs: 20_000 }
const NOVEMBER: Resending = { from: Date.parse('2025-11-01T00:00:00Z'), to: Date.parse('2025-12-01T00:00:00Z') }
const on = (day: number, second = 0) => ({
  createdAt: at(`2025-11-${String(day).padStart(2, '0')}T10:00:${String(second).padStart(2, '0')}Z`),
})

describe('sending webhooks again', () => {
  const withApi = async (
    manner: Manner,
    look: (api: TreezorApi, provider: Provider) => Promise<void>,
    also: Readonly<Record<string, string>> = {},
  ): Promise<void> => {
    const api = await treezorApi(manner)
    const provider = providerOf(api, { watching: WATCHING }, also)
    try {
      await look(api, provider)
    } finally {
      await provider.close()
      await api.close()
    }
  }
  const stepsOf = async (provider: Provider, what: Resending): Promise<readonly string[]> => {
    const told: string[] = []
    for await (const step of provider.resend?.(what) ?? []) {
      if (E.isLeft(step)) told.push(JSON.stringify(step.left))
      else if (step.right._tag !== 'nothing') told.push(`${step.right._tag} ${step.right.webhook} ${step.right.events}`)
    }
    return told
  }

  it('brings to a service what it has never heard, by the door that webhooks come in by', () =>
    withApi({}, async (api, provider) => {
      const service = await startHere(newDirectory())
      try {
        const user = newUser()
        api.resender.emitted.push(emittedOf(request(user, on(3))), emittedOf(validation(user, on(4))))
        api.resender.emitted.push(emittedOf(payin(on(4))))
        api.sendTo({ url: `${service.url}/webhooks/treezor` })
        const known = async () => {
          const events = await (await answered(() => fetch(`${service.url}/users/${user}/events`))).json()
          return (events as { readonly events: readonly { readonly type: string }[] }).events.map(({ type }) => type)
        }
        expect(await stepsOf(provider, NOVEMBER)).to.deep.equal([
          'asked user.kycrequest 1',
          'sent user.kycrequest 1',
          'asked user.kycreview 1',
          'sent user.kycreview 1',
        ])
        expect(await known()).to.have.length(2)
        // What came twice is known.
        expect(await stepsOf(provider, NOVEMBER)).to.have.length(4)
        expect(await known()).to.have.length(2)
      } finally {
        await service.stop()
        removeDirectories()
      }
    }))

  it('asks for the names that are read here and for no others, within the time that is given, in whole seconds', () =>
    withApi({}, async (api, provider) => {
      await stepsOf(provider, { from: NOVEMBER.from + 1, to: NOVEMBER.to + 1 })
      const asked = api.heardOf('retry query').map(({ body }) => JSON.parse(body) as Record<string, string>)
      expect(asked.map(({ webhook }) => webhook)).to.deep.equal([...KNOWN_NAMES])
      expect(asked[0]).to.deep.equal({
        startAt: '2025-11-01T00:00:00Z',
        endAt: '2025-12-01T00:00:01Z',
        webhook: 'user.create',
      })
      expect(api.heardOf('retry execution')).to.deep.equal([])
    }))

  it('asks for nothing before the provider can', () =>
    withApi({}, async (api, provider) => {
      await stepsOf(provider, { from: 0, to: RESENT_SINCE, webhooks: ['user.kycreview'] })
      expect(api.heard).to.deep.equal([])
      await stepsOf(provider, { from: 0, to: RESENT_SINCE + 5000, webhooks: ['user.kycreview'] })
      expect(api.heardOf('retry query')[0]?.body).to.contain('"startAt":"2025-10-01T00:00:00Z"')
    }))

  it('halves a time with more than the provider sends at once, and sends all of them', () =>
    withApi({ mostInAQuery: 3 }, async (api, provider) => {
      const times = Array.from({ length: 7 }, (_, index) => on(1 + (index % 2), index * 8))
      const sent = times.map((time) => emittedOf(validation(newUser(), time)))
      api.resender.emitted.push(...sent)
      const bodies: string[] = []
      const receiver = await answering((request, response) => {
        const chunks: Buffer[] = []
        request.on('data', (chunk: Buffer) => chunks.push(chunk))
        request.on('end', () => {
          bodies.push(Buffer.concat(chunks).toString())
          response.end()
        })
      })
      api.sendTo({ url: receiver.url })
      await stepsOf(provider, { ...NOVEMBER, webhooks: ['user.kycreview'] })
      await receiver.close()
      expect([...new Set(bodies)].sort()).to.deep.equal(sent.map(({ body }) => body).sort())
    }))

  it('ends where not even two seconds are taken', () =>
    withApi({ mostInAQuery: 3 }, async (api, provider) => {
      api.resender.emitted.push(...Array.from({ length: 4 }, () => emittedOf(validation(newUser(), on(1)))))
      const told = await stepsOf(provider, { ...NOVEMBER, webhooks: ['user.kycreview'] })
      expect(told.at(-1)).to.contain('it does not take a query for two seconds')
    }))

  it('halves without asking where the CSV holds more than 20,000', () =>
    withApi({}, async (api, provider) => {
      const body = 'a body, with "quotes"\nand lines'
      const emitted = Array.from({ length: 20_001 }, (_, index) => ({
        webhook: 'user.kycreview',
        at: NOVEMBER.from + (index % 2) * 86_400_000 * 20,
        body,
      }))
      api.resender.emitted.push(...emitted)
      const told = await stepsOf(provider, { ...NOVEMBER, webhooks: ['user.kycreview'], dryRun: true })
      expect(told).to.deep.equal(['counted user.kycreview 10001', 'counted user.kycreview 10000'])
      expect(api.heardOf('retry execution')).to.deep.equal([])
    }))

  it('shows no token to who keeps the CSV, and goes on where that cannot be had', () =>
    withApi({}, async (api, provider) => {
      api.resender.emitted.push(emittedOf(validation(newUser(), on(1))))
      const what = { ...NOVEMBER, webhooks: ['user.kycreview'] }
      await stepsOf(provider, what)
      expect(api.heardOf('retry link')[0]?.headers.authorization).to.equal(undefined)
      api.fault('retry link', fault.status(403))
      expect(await stepsOf(provider, what)).to.deep.equal(['asked user.kycreview null', 'sent user.kycreview null'])
      const elsewhere = (link: string) => fault.otherwise((json) => ({ ...(json as object), link }))
      const port = new URL(api.url).port
      for (const link of [
        'ftp://127.0.0.1/a',
        'http://192.0.2.1/a',
        'https://127.0.0.1/a',
        'https://[::1]/a',
        'https://0x7f.1/a',
        'https://localhost/a',
        'https://localhost./a',
        'http://example.com/a',
        `http://somebody:secret@127.0.0.1:${port}/csv/a`,
        'nothing',
      ]) {
        api.fault('retry query', elsewhere(link))
        expect(await stepsOf(provider, what), link).to.deep.equal([
          'asked user.kycreview null',
          'sent user.kycreview null',
        ])
      }
    }))

  it('tells how it ended, where the provider says so in a word that is known', () =>
    withApi({}, async (api, provider) => {
      api.resender.emitted.push(emittedOf(validation(newUser(), on(1))))
      const what = { ...NOVEMBER, webhooks: ['user.kycreview'] }
      const ends = async (json: unknown) => {
        api.fault(
          'retry status',
          fault.otherwise(() => json),
        )
        return (await stepsOf(provider, what)).at(-1)
      }
      expect(await ends({ status: 'COMPLETED' })).to.equal('sent user.kycreview 1')
      expect(await ends({ status: 'Failed' })).to.equal('failed user.kycreview 1')
      expect(await ends({ state: 'COMPLETED' })).to.equal('unknown user.kycreview 1')
      // A word that is not known is waited on.
      expect(await ends({ status: 'SOMETHING' })).to.equal('sent user.kycreview 1')
      api.fault('retry status', fault.status(404))
      expect((await stepsOf(provider, what)).at(-1)).to.equal('unknown user.kycreview 1')
    }))

  it('asks once to send, even where the answer is lost', () =>
    withApi({}, async (api, provider) => {
      api.resender.emitted.push(emittedOf(validation(newUser(), on(1))))
      api.fault('retry execution', fault.reset)
      const told = await stepsOf(provider, { ...NOVEMBER, webhooks: ['user.kycreview'] })
      expect(told).to.have.length(1)
      expect(told[0]).to.contain('OutOfReach')
      expect(api.heardOf('retry execution')).to.have.length(1)
    }))

  it('asks at the paths that are configured', () =>
    withApi(
      {},
      async (api, provider) => {
        api.resender.emitted.push(emittedOf(validation(newUser(), on(1))))
        const told = await stepsOf(provider, { ...NOVEMBER, webhooks: ['user.kycreview'] })
        expect(told[0]).to.contain('it answers 404')
        expect(api.heard.at(-1)?.path).to.match(/^\/hooks\/again\/[0-9a-f-]{36}\/run$/)
      },
      { TREEZOR_WEBHOOKS_API_EXECUTE_PATH: '/again/{queryId}/run' },
    ))

  it('is not there without its address', () =>
    withApi({}, async (_, provider) => void expect(provider.resend).to.equal(null), { TREEZOR_WEBHOOKS_API_URL: '' }))
})

describe('the records of a CSV', () => {
  const counted = (text: string, most = 100): Promise<number> =>
    countRecords(most)(
      (async function* () {
        // In small chunks.
        const bytes = Buffer.from(text)
        for (let from = 0; from < bytes.length; from += 3) yield bytes.subarray(from, from + 3)
      })(),
    )

  for (const [text, count] of [
    ['', 0],
    ['webhook,created_at\r\n', 0],
    ['webhook,created_at\r\nuser.kycreview,1\r\n', 1],
    ['webhook,created_at\nuser.kycreview,1\n\nuser.kycreview,2', 2],
    ['webhook,body\nuser.kycreview,"a ""1""\n\nb"\n', 1],
    // Without a header.
    ['user.kycreview,1\n', 1],
    ['user.kycreview,1\nuser.kycreview,2\n', 2],
  ] as const) {
    it(`are ${count} of ${JSON.stringify(text)}`, async () => {
      expect(await counted(text)).to.equal(count)
    })
  }

  it('are counted no further than they matter', async () => {
    expect(await counted(`a\n${'1\n'.repeat(1000)}`, 10)).to.be.within(11, 30)
  })
})
