import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import type { openEsdbEventStore } from '../../src/eventStore/esdb/esdbEventStore.ts'
import { appendTo, eventsOf, FIRST_PREPARED_USER } from '../preparedLog.ts'
import { delivery, STORY_LENGTH } from '../webhooks.ts'

/** What the adapter of one checkout takes to append to a server, and then to follow what was appended. */
export interface AppendJob {
  readonly root: string
  readonly url: string
  readonly warmUp: number
  readonly amount: number
}

/** Microseconds of a processor, user and system, for an event; and the pace. */
export interface AppendCost {
  readonly append: number
  readonly follow: number
  readonly perSecond: number
}

const AT_ONCE = 50
const ANSWERS_WITHIN_MS = 30_000
const { root, url, warmUp, amount } = JSON.parse(process.argv[2] ?? '') as AppendJob

const { openEsdbEventStore: open } = (await import(new URL('src/eventStore/esdb/esdbEventStore.ts', root).href)) as {
  readonly openEsdbEventStore: typeof openEsdbEventStore
}
const events = await eventsOf(
  Array.from({ length: warmUp + amount }, (_, index) => delivery(FIRST_PREPARED_USER + index, index % STORY_LENGTH)),
)
const opened = await open({ connectionString: url, streamPrefix: `bench-${randomUUID()}-` })()
if (E.isLeft(opened)) throw new Error(opened.left.reason)
const store = opened.right
for (const until = performance.now() + ANSWERS_WITHIN_MS; store.health() === 'down'; await delay(100)) {
  if (performance.now() > until) throw new Error(`no answer from ${url}`)
}

/** Each event to a stream of its own. */
const appendAll = async (some: typeof events): Promise<void> => {
  const waiting = some.values()
  const writer = async (): Promise<void> => {
    for (const event of waiting) await appendTo(store, `kyc-${randomUUID()}`, 'no-stream', [event])
  }
  await Promise.all(Array.from({ length: AT_ONCE }, writer))
}

const followAll = async (): Promise<void> => {
  const leave = new AbortController()
  let given = 0
  for await (const batch of store.follow(null, leave.signal)) {
    given += batch.events.length
    if (given >= events.length) leave.abort()
  }
}

const costOf = async (count: number, action: () => Promise<void>): Promise<number> => {
  const before = process.cpuUsage()
  await action()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

await appendAll(events.slice(0, warmUp))
const began = performance.now()
const append = await costOf(amount, () => appendAll(events.slice(warmUp)))
const perSecond = amount / ((performance.now() - began) / 1000)
await followAll()
const follow = await costOf(events.length, followAll)
await store.close()
console.log(JSON.stringify({ append, follow, perSecond } satisfies AppendCost))
process.exit(0)
