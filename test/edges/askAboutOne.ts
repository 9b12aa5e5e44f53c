import { createWriteStream, writeFileSync } from 'node:fs'
import { get as getSlowly, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { asked, KEYS, posted } from '../support/erasures/erasing.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { kyc } from '../support/service/kyc.ts'
import { newUser, request } from '../support/webhooks/webhookBuilders.ts'
import { bodyOf } from './prepared.ts'
import { type Asked, again, SHOP, stepsOf, told } from './steps.ts'

interface Taken {
  readonly outcome?: string
  readonly events?: readonly { readonly revision: number; readonly position: string }[]
}

interface One extends Asked {
  readonly user: number
  /** When his history began, in epoch milliseconds. */
  readonly began: number
}

const DAY_MS = 86_400_000
/** A body whose payload no other event has a copy of but that of the same index. */
const ECHOED = 13

/** Asks all that can be asked about one user of so many events, and says what each cost. The last thing is that he is erased. */
export const askAboutOne = async (one: One): Promise<void> => {
  const { user, count, began, only, say } = one
  const other = newUser()
  const { service, step, restart } = await stepsOf(one, () => other)
  const get =
    (path: string, key = 'shop', accept = '*/*') =>
    async (): Promise<string> =>
      told(await service().get(`/users/${user}${path}`, { authorization: `Bearer ${key}`, accept }))
  const deliver = (body: string) => async (): Promise<string> => {
    // Whoever sends gives up after five minutes, and sends again.
    const { status, answer } = await again(async () => {
      const response = await service().post(body)
      return { status: response.status, answer: await response.text() }
    })
    const { outcome = answer, events = [] } = JSON.parse(answer) as Taken
    const at = performance.now()
    await again(async () => {
      const read = await service().get(`/users/${user}/kyc?minPosition=${events[0]?.position}`, SHOP)
      await read.arrayBuffer()
      return read.status === 200 ? true : null
    })
    const later = ((performance.now() - at) / 1000).toFixed(1)
    return `${status} ${outcome} at ${events[0]?.revision}, in the read model ${later} s later`
  }
  const atTime = (body: string, time: (before: number) => number): string =>
    body.replace(/"webhook_created_at":(\d+)/, (_, at: string) => `"webhook_created_at":${time(Number(at))}`)
  let more = count
  const oneMore = (): string => bodyOf(user, more++, began)

  await service().deliver(request(other))
  await again(async () => ((await service().get(`/users/${other}/kyc`, SHOP)).status === 200 ? true : null))
  const first = oneMore()
  await step('a new delivery', deliver(first))
  await step('the same again', deliver(first))
  await step('another new one', deliver(oneMore()))
  await step('an echo', deliver(atTime(bodyOf(user, ECHOED, began), (at) => at + DAY_MS)))
  await step('a late one', deliver(atTime(oneMore(), () => (began - DAY_MS) * 10)))
  await step('the status', get('/kyc'))
  const asOf = new Date(began + count * 1000).toISOString()
  await step('asOf', get(`/kyc?asOf=${asOf}`))
  await step('knownAt', get(`/kyc?knownAt=${new Date().toISOString()}`))
  await step('asOf, eight at once', async () => {
    const at = performance.now()
    // Each as it comes: those that have no room are told at once, the others one behind the other.
    const one = async (): Promise<string> => {
      const answer = await get(`/kyc?asOf=${asOf}`)()
      say(`  after ${((performance.now() - at) / 1000).toFixed(1)} s: ${answer}`)
      return answer.split(',')[0] ?? ''
    }
    return (await Promise.all(Array.from({ length: 8 }, one))).join(' | ')
  })
  await step('history, first page', get('/kyc/history'))
  await step('history, as lines', get('/kyc/history', 'shop', 'application/x-ndjson'))
  await step('history, last page', get(`/kyc/history?from=${Math.max(0, count - 100)}`))
  await step('events, last page', get(`/events?from=${Math.max(0, count - 100)}`, 'auditor'))
  await step('page', get(''))
  await step('two pages at once', async () => (await Promise.all([get('')(), get('')()])).join(' | '))
  if (only.test('restart')) {
    await restart()
    await step('restart: a new delivery', deliver(oneMore()))
  }
  await step('sealed', async () =>
    again(async () => {
      const metrics = await (await service().get('/metrics')).text()
      const [, sealed = '0'] = /^kyc_sealed_events (\d+)$/m.exec(metrics) ?? []
      return Number(sealed) > count ? `${sealed} events` : null
    }),
  )
  const file = join(newDirectory(), 'evidence.tar')
  let key = ''
  await step('evidence', async () => {
    // `fetch` gives up where nothing comes for five minutes. What came last is sealed a second later.
    const response = await again(async () => {
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
      const headers = { authorization: 'Bearer auditor' }
      getSlowly(`${service().url}/users/${user}/evidence`, { headers }, resolve).on('error', reject)
      const answer = await promise
      if (answer.statusCode !== 503) return answer
      answer.resume()
      return null
    })
    if (response.statusCode !== 200) return `${response.statusCode} ${(await text(response)).slice(0, 300)}`
    const out = createWriteStream(file)
    await pipeline(response, out)
    key = (await (await asked(service(), 'auditor', '/seals/keys')).text()).split('\n')[0] ?? ''
    writeFileSync(`${file}.key`, key)
    return `200, ${out.bytesWritten.toLocaleString('en-US')} bytes`
  })
  if (key !== '') {
    await step('evidence checked', async () => {
      const secret = { TREEZOR_WEBHOOK_SECRET: KEYS.TREEZOR_WEBHOOK_SECRET }
      const { code, stdout, stderr, peakMiB } = await kyc(newDirectory(), ['verify', file, '--key', key], secret)
      const lines = (stdout + stderr).trim().split('\n').slice(-2).join(' / ')
      return `exit code ${code}, at most ${peakMiB.toFixed(0)} MiB: ${lines}`
    })
  }
  await step('erasure', async () => {
    const requested = await posted(service(), 'legal', `/users/${user}/erasure`, {
      reason: 'over',
      authority: 'a court',
    })
    if (requested.status !== 201) return told(requested)
    const { erasure } = (await requested.json()) as { readonly erasure: number }
    const confirmed = await posted(service(), 'judge', `/users/${user}/erasure/${erasure}/confirm`)
    if (confirmed.status !== 200) return told(confirmed)
    return again(async () => {
      const response = await asked(service(), 'officer', `/users/${user}/erasure/${erasure}`)
      const { state, events } = (await response.json()) as { readonly state: string; readonly events: number }
      return state === 'completed' ? `completed, ${events.toLocaleString('en-US')} events` : null
    })
  })
  await step('the status of the erased', get('/kyc'))
  say(`stopped with ${(await service().stop()).code}`)
}
