import { createHash } from 'node:crypto'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sign } from '../src/webhooks/signature.ts'
import { type CatchUp, startCatchUp } from './catchUp.ts'
import { atMost, byItself, figure, type Measurement } from './measurement.ts'
import { appendTo, eventsOf, FIRST_PREPARED_USER, largeLog, openStore, sharedLog } from './preparedLog.ts'
import { newDirectory, removeDirectory } from './processes.ts'
import { percentile, type Side } from './rounds.ts'
import { type Service, startService } from './service.ts'
import { delivery, SECRET } from './webhooks.ts'

const SET_CLOCK = fileURLToPath(new URL('../test/fixtures/logs/setClock.ts', import.meta.url))
const WITHIN_MS = 30 * 60_000
const READERS = 4
const TOGETHER = 100

const KEYS = { shop: 'kyc:read', legal: 'retention:request', judge: 'retention:confirm', monitor: 'seal:read' }
const API_KEYS = Object.entries(KEYS)
  .map(([name, scope]) => `${name}:${scope}:${createHash('sha256').update(name).digest('hex')}`)
  .join(',')

/** A delivery that says that the relationship with a user has ended. */
const closing = (user: number): string => {
  const body = JSON.parse(delivery(user, 0, { chapter: 99 }))
  const webhook = typeof body.webhook === 'object' ? body.webhook : body
  webhook.object_payload.users[0].userStatus = 'CANCELED'
  webhook.object_payload_signature = sign(JSON.stringify(webhook.object_payload), SECRET)
  return JSON.stringify(body)
}

/** The large log, in which the relationship with the first users has ended. */
const logWithDue = async (quick: boolean, due: number): Promise<string> => {
  const log = largeLog(quick)
  const directory = newDirectory()
  cpSync(await sharedLog(log), directory, { recursive: true })
  const store = await openStore(join(directory, 'events.db'))
  for (let first = 0; first < due; first += TOGETHER) {
    const users = Array.from(
      { length: Math.min(TOGETHER, due - first) },
      (_, index) => FIRST_PREPARED_USER + first + index,
    )
    const events = await eventsOf(users.map(closing))
    await Promise.all(
      users.map((user, index) => appendTo(store, `kyc-${user}`, log.eventsEach - 1, events.slice(index, index + 1))),
    )
  }
  await store.close()
  return directory
}

const ask = (service: Service, key: keyof typeof KEYS, path: string, body?: object): Promise<Response> =>
  fetch(`${service.url}${path}`, {
    headers: { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })

/** How long each read of a user who stays took, in milliseconds, until it is told to end. */
const reading = (service: Service, first: number, count: number) => {
  const took: number[] = []
  let isOver = false
  const read = async (): Promise<void> => {
    while (!isOver) {
      const began = performance.now()
      const response = await ask(service, 'shop', `/users/${first + Math.floor(Math.random() * count)}/kyc`)
      await response.arrayBuffer()
      if (!response.ok) throw new Error(`a read was answered ${response.status}`)
      took.push(performance.now() - began)
    }
  }
  const readers = Promise.all(Array.from({ length: READERS }, read))
  return async (): Promise<readonly number[]> => {
    isOver = true
    await readers
    return took
  }
}

const erase = async (service: Service, due: number): Promise<number> => {
  const began = performance.now()
  const asked = (await (await ask(service, 'legal', '/erasures/due', { reason: 'bench' })).json()) as {
    erasures: number[]
  }
  if (asked.erasures.length !== due) throw new Error(`${asked.erasures.length} of ${due} users were due`)
  await (await ask(service, 'judge', '/erasures/due/confirm', {})).arrayBuffer()
  for (const until = performance.now() + WITHIN_MS; performance.now() < until; await delay(100)) {
    const metrics = await service.text('/metrics')
    if (Number(/^kyc_erasures_completed_total (\d+)$/m.exec(metrics)?.[1]) === due)
      return (performance.now() - began) / 1000
  }
  throw new Error('the erasures did not come to their end')
}

/** Thousands of users who are due at once, beside a replay of the same log. */
export const erasure: Measurement = {
  name: 'erasure',
  run: async ({ quick }) => {
    const { users, eventsEach } = largeLog(quick)
    const due = users / 10
    const directory = await logWithDue(quick, due)
    const policy = join(directory, 'policy.json')
    writeFileSync(policy, JSON.stringify({ version: 1, refused: 'P99Y' }))
    // Years later, the period of those whose relationship has ended is over.
    const later = `${new Date().getUTCFullYear() + 6}-01-01T00:00:00Z`
    const env = { API_KEYS, TREEZOR_WEBHOOK_SECRET: SECRET, METRICS_OPEN: 'on', RETENTION_POLICY: policy, CLOCK: later }
    const readModel = join(newDirectory(), 'read-model.db')
    const job: CatchUp = { how: 'projection', events: directory, readModel, threads: 0 }
    const replay: Side = { value: (await startCatchUp(job)).seconds }
    const service = await startService(directory, ['--import', SET_CLOCK], env)
    try {
      await service.idle()
      for (; !(await ask(service, 'monitor', '/checkpoint')).ok; ) await delay(1000)
      const quiet = reading(service, FIRST_PREPARED_USER + due, users - due)
      await delay(quick ? 1000 : 10_000)
      const before = await quiet()
      const stop = reading(service, FIRST_PREPARED_USER + due, users - due)
      const erased: Side = { value: await erase(service, due) }
      const took = await stop()
      const of = (times: readonly number[]): Side => ({
        value: Math.max(...times),
        notes: { p99: percentile(times, 0.99) },
      })
      const events = (users * eventsEach + due).toLocaleString('en-US')
      return [
        figure(
          {
            what: `${due.toLocaleString('en-US')} users erased out of ${events} events`,
            against: 'a replay of the same log',
            unit: 's',
          },
          [{ product: erased, against: replay }],
          { ...atMost(1), text: '< 1' },
          ['asked for and confirmed over HTTP, physically gone, and recorded; one run'],
        ),
        byItself(
          { what: 'the slowest read of a user meanwhile', against: 'the slowest while nothing is erased', unit: 'ms' },
          [{ product: of(took), against: of(before) }],
          { ...atMost(100), text: '<= 100 ms' },
          [`${took.length} reads over ${READERS} connections; 99 % within ${percentile(took, 0.99).toFixed(1)} ms`],
        ),
      ]
    } finally {
      await service.stop()
      removeDirectory(directory)
    }
  },
}
