import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { sign } from '../../src/webhooks/signature.ts'
import { atMost, byItself, type Figure, figure, type Scale } from '../measurement.ts'
import { residentMiB } from '../processes.ts'
import { interleave, percentile, type Side } from '../rounds.ts'
import type { Service } from '../service.ts'
import { SECRET } from '../webhooks.ts'
import type { Sides } from './sides.ts'

const AT_ONCE = 20
const SAMPLE_EVERY_MS = 10
const OTHERS_EVERY_MS = 20
const MOST_TRIED = 100

let told = 0
/** One webhook that speaks of so many users nobody has told of. */
const webhookOf = (users: number): string => {
  const payload = {
    users: Array.from({ length: users }, () => ({
      userId: String(7_000_000_000 + told++),
      userStatus: 'VALIDATED',
      kycReview: '2',
      kycLevel: '2',
      userTypeId: '1',
    })),
  }
  return JSON.stringify({
    webhook: 'user.kycreview',
    webhook_id: randomUUID(),
    webhook_created_at: Date.now() * 10,
    object: 'user',
    object_id: payload.users[0]?.userId,
    object_payload: payload,
    object_payload_signature: sign(JSON.stringify(payload), SECRET),
  })
}

/** Status and `Retry-After`; of one whose connection ended while it was sent, that of a refusal. */
const post = async (url: string, body: string): Promise<{ status: number; again: number }> => {
  try {
    const response = await fetch(`${url}/webhooks/treezor`, { method: 'POST', body })
    await response.arrayBuffer()
    return { status: response.status, again: Number(response.headers.get('retry-after') ?? 0) }
  } catch {
    return { status: 503, again: 1 }
  }
}

/** Delivers it as the provider does: what is refused for now is sent again. */
const deliver = async (url: string, body: string): Promise<number> => {
  for (let tried = 0; ; tried++) {
    const { status, again } = await post(url, body)
    if (status !== 503 || again === 0 || tried === MOST_TRIED) return status
    await delay(1000 * again)
  }
}

/** Twenty of them at once; what the process holds above what it held, and how long somebody else waits meanwhile. */
const tellMany = async ({ url, pid }: Service, users: number): Promise<Side> => {
  const bodies = Array.from({ length: AT_ONCE }, () => webhookOf(users))
  const before = residentMiB(pid)
  let peak = before
  const waits: number[] = []
  const done = new AbortController()
  const sampling = async (): Promise<void> => {
    for (; !done.signal.aborted; await delay(SAMPLE_EVERY_MS)) peak = Math.max(peak, residentMiB(pid))
  }
  const asking = async (): Promise<void> => {
    for (; !done.signal.aborted; await delay(OTHERS_EVERY_MS)) {
      const began = performance.now()
      await (await fetch(`${url}/users/1/kyc`)).arrayBuffer()
      waits.push(performance.now() - began)
    }
  }
  const beside = [sampling(), asking()]
  const answers = await Promise.all(bodies.map((body) => deliver(url, body)))
  done.abort()
  await Promise.all(beside)
  const refused = answers.filter((status) => status !== 200)
  if (refused.length > 0) throw new Error(`webhooks of ${users} users were answered ${refused.join(', ')}`)
  return { value: peak - before, notes: { p99: percentile(waits, 0.99) } }
}

/** Webhooks that speak of 1,000 users each. */
export const manyAgainst = async (
  { commit, here, there }: Sides,
  { quick, rounds }: Scale,
): Promise<readonly Figure[]> => {
  const users = quick ? 100 : 1000
  // What a process has held once it keeps: each round begins with a new one.
  const anew = async (start: () => Promise<Service>): Promise<Side> => {
    const service = await start()
    try {
      await service.idle()
      return await tellMany(service, users)
    } finally {
      await service.stop()
    }
  }
  const results = await interleave(rounds, { here: () => anew(() => here()), there: () => anew(() => there()) })
  const what = `${AT_ONCE} webhooks of ${users} users at once`
  const tail = ({ notes }: Side): Side => ({ value: notes?.['p99'] ?? Number.NaN })
  return [
    figure(
      { what: `${what}: memory at its peak, above rest`, against: commit, unit: 'MiB' },
      results.map((result) => ({ product: result.here, against: result.there })),
      atMost(0.3),
    ),
    byItself(
      { what: `${what}: another request, p99`, against: commit, unit: 'ms' },
      results.map((result) => ({ product: tail(result.here), against: tail(result.there) })),
      atMost(500),
    ),
  ]
}
