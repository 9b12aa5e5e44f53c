import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sign } from '../src/webhooks/signature.ts'
import { atMost, byItself, type Measurement } from './measurement.ts'
import { appendTo, eventsOf, FIRST_PREPARED_USER, openStore, prepareLog } from './preparedLog.ts'
import { newDirectory, removeDirectory, residentMiB } from './processes.ts'
import { interleave, type Side } from './rounds.ts'
import { type Service, startService } from './service.ts'
import { delivery, SECRET } from './webhooks.ts'

const SEALED_WITHIN_MS = 10 * 60_000

/** Resolves once the last event of a user is sealed. */
const sealed = async (service: Service, user: number, eventsEach: number): Promise<void> => {
  for (const until = performance.now() + SEALED_WITHIN_MS; performance.now() < until; await delay(500)) {
    const response = await fetch(`${service.url}/users/${user}/events/${eventsEach - 1}/proof`)
    await response.arrayBuffer()
    if (response.ok) return
  }
  throw new Error('the log was not sealed')
}

/** Seconds until all of an answer is there, and the most memory that the service was seen to hold meanwhile. */
const timed = async (service: Service, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Side> => {
  let mib = residentMiB(service.pid)
  const looking = setInterval(() => {
    mib = Math.max(mib, residentMiB(service.pid))
  }, 10)
  const began = performance.now()
  const response = await fetch(service.url + path, { headers })
  let bytes = 0
  for await (const piece of response.body ?? []) bytes += piece.length
  clearInterval(looking)
  if (!response.ok) throw new Error(`${path} was answered ${response.status}`)
  return { value: (performance.now() - began) / 1000, notes: { mib, bytes } }
}

const LINES = { accept: 'application/x-ndjson' }

/** Evidence of one user, and in turn his events as recorded: both read all that there is. */
const evidenceOf = async (service: Service, user: number, eventsEach: number, rounds: number) => {
  await service.idle()
  await sealed(service, user, eventsEach)
  return interleave(rounds, {
    evidence: () => timed(service, `/users/${user}/evidence`),
    events: () => timed(service, `/users/${user}/events`, LINES),
  })
}

const USERS = 20

const normal: Measurement['run'] = async ({ quick, rounds }) => {
  const eventsEach = quick ? 200 : 1000
  const directory = await prepareLog({ users: USERS, eventsEach, together: 10, lateEvery: 0 })
  const service = await startService(directory)
  try {
    const results = await evidenceOf(service, FIRST_PREPARED_USER, eventsEach, rounds)
    return [
      byItself(
        { what: `evidence of a user with ${eventsEach} events`, against: 'his events as lines', unit: 's' },
        results.map(({ evidence, events }) => ({ product: evidence, against: events })),
        { ...atMost(2), text: '<= 2 s' },
      ),
    ]
  } finally {
    await service.stop()
    removeDirectory(directory)
  }
}

const MIB = 1024 * 1024
const AT_A_TIME = 10

/** A delivery as large as one may be, or a little less. */
const largeDelivery = (user: number, step: number): string => {
  const body = JSON.parse(delivery(user, 0, { chapter: step }))
  const webhook = typeof body.webhook === 'object' ? body.webhook : body
  webhook.object_payload.comment = 'x'.repeat(MIB - 8192)
  webhook.object_payload_signature = sign(JSON.stringify(webhook.object_payload), SECRET)
  return JSON.stringify(body)
}

const large: Measurement['run'] = async ({ quick }) => {
  const count = quick ? 100 : 1000
  const directory = newDirectory()
  const store = await openStore(join(directory, 'events.db'))
  for (let from = 0; from < count; from += AT_A_TIME) {
    const bodies = Array.from({ length: AT_A_TIME }, (_, index) => largeDelivery(FIRST_PREPARED_USER, from + index))
    await appendTo(store, `kyc-${FIRST_PREPARED_USER}`, from === 0 ? 'no-stream' : from - 1, await eventsOf(bodies))
  }
  await store.close()
  // What it takes to come to the end of such a log is another matter.
  const catchingUp = await startService(directory)
  await catchingUp.idle()
  await sealed(catchingUp, FIRST_PREPARED_USER, count)
  await catchingUp.stop()
  const service = await startService(directory)
  try {
    const [result] = await evidenceOf(service, FIRST_PREPARED_USER, count, 1)
    if (result === undefined) throw new Error('nothing was measured')
    const of = ({ notes }: Side, name: string): Side => ({ value: notes?.[name] ?? Number.NaN })
    const seconds = [result.evidence, result.events].map(({ value }) => value.toFixed(1))
    return [
      byItself(
        { what: `memory for evidence of ${count} events of 1 MiB`, against: 'his events as lines', unit: 'MiB' },
        [{ product: of(result.evidence, 'mib'), against: of(result.events, 'mib') }],
        { ...atMost(1000), text: '<= 1,000 MiB' },
        [`${(of(result.evidence, 'bytes').value / MIB).toFixed(0)} MiB in ${seconds[0]} s; as lines ${seconds[1]} s`],
      ),
    ]
  } finally {
    await service.stop()
    removeDirectory(directory)
  }
}

/** What an auditor asks for: all of one user. */
export const evidence: Measurement = {
  name: 'evidence',
  run: async (scale) => [...(await normal(scale)), ...(await large(scale))],
}
