import { setTimeout as delay } from 'node:timers/promises'
import { runLoad } from './load/load.ts'
import { atMost, byItself, figure, type Measurement, noted } from './measurement.ts'
import { FIRST_PREPARED_USER, largeLog, prepareLog, warmReadModel } from './preparedLog.ts'
import { removeDirectory } from './processes.ts'
import { interleave, percentile, type Side } from './rounds.ts'
import { type Service, startService } from './service.ts'

const CONNECTIONS = 50
const WARM_UP = 15_000
const TRIAL = 2500
const PAGES_A_SECOND = 50
const LONG = 2000

let told = 0
const newUsers = (): number => 1_000_000_000 + 10_000_000 * told++

const page = async ({ url }: Service, user: number): Promise<number> => {
  const began = performance.now()
  const response = await fetch(`${url}/users/${user}`, { headers: { accept: 'text/html' } })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`a page was answered ${response.status}: ${text}`)
  return performance.now() - began
}

/** Asks for pages of users at random at a steady pace, whatever becomes of those before, until `under` is done; gives how long each took. */
const lookingAtPages = async <A>(service: Service, users: number, under: Promise<A>): Promise<readonly number[]> => {
  let isOver = false
  const over = under.finally(() => {
    isOver = true
  })
  const asked: Promise<number>[] = []
  for (let next = performance.now(); !isOver; next += 1000 / PAGES_A_SECOND) {
    asked.push(page(service, FIRST_PREPARED_USER + Math.floor(Math.random() * users)))
    await delay(Math.max(0, next + 1000 / PAGES_A_SECOND - performance.now()))
  }
  await over
  return Promise.all(asked)
}

/** How long the page of one user of many events takes, on a service that does nothing else; milliseconds. */
const longHistory = async (rounds: number): Promise<readonly Side[]> => {
  const directory = await prepareLog({ users: 1, eventsEach: LONG, together: LONG, lateEvery: 0 })
  const service = await startService(directory)
  try {
    await service.idle()
    const first = await page(service, FIRST_PREPARED_USER)
    const sides: Side[] = []
    for (let round = 0; round < rounds; round++) {
      sides.push({ value: await page(service, FIRST_PREPARED_USER), notes: { first } })
    }
    return sides
  } finally {
    await service.stop()
    removeDirectory(directory)
  }
}

export const pages: Measurement = {
  name: 'pages',
  run: async ({ quick, rounds, seconds }) => {
    const log = { ...largeLog(true), users: quick ? 1000 : 10_000 }
    const directory = await prepareLog(log)
    await warmReadModel(directory)
    const service = await startService(directory)
    const deliver = async (amount: number): Promise<Side> => {
      const requests = { kind: 'deliveries', firstUser: newUsers() } as const
      const { perSecond, latency } = await runLoad({ url: service.url, connections: CONNECTIONS, amount, requests })
      return { value: latency.deliveries?.p99 ?? Number.NaN, notes: { perSecond } }
    }
    const alone = async (amount: number): Promise<Side> => {
      const side = await deliver(amount)
      await service.idle()
      return side
    }
    const beside = async (amount: number): Promise<Side> => {
      const delivering = deliver(amount)
      const took = await lookingAtPages(service, log.users, delivering)
      const side = await delivering
      await service.idle()
      const pageTimes = { pages: took.length, pageP50: percentile(took, 0.5), pageP99: percentile(took, 0.99) }
      return { ...side, notes: { ...side.notes, ...pageTimes } }
    }
    try {
      await service.idle()
      await beside(quick ? TRIAL : WARM_UP)
      const trial = await alone(quick ? TRIAL : WARM_UP)
      const amount = Math.ceil((trial.notes?.['perSecond'] ?? 0) * seconds)
      const results = await interleave(rounds, { alone: () => alone(amount), beside: () => beside(amount) })
      const withPages = results.map((result) => result.beside)
      const long = await longHistory(rounds)
      return [
        figure(
          {
            what: `ingest, p99, beside ${PAGES_A_SECOND} pages of users a second`,
            against: 'ingest alone',
            unit: 'ms',
          },
          results.map((result) => ({ product: result.beside, against: result.alone })),
          atMost(1.2),
          [
            `pages of users with ${log.eventsEach} events each, any of ${log.users}: ${noted(withPages, 'pageP50').toFixed(1)} ms, p99 ${noted(withPages, 'pageP99').toFixed(1)} ms, while ingest runs as fast as it can`,
            `ingest: ${noted(withPages, 'perSecond').toFixed(0)}/s beside pages, ${noted(
              results.map((result) => result.alone),
              'perSecond',
            ).toFixed(0)}/s alone`,
          ],
        ),
        byItself(
          { what: `page of a user of ${LONG} events`, against: 'the first of them', unit: 'ms' },
          long.map((side) => ({ product: side, against: { value: side.notes?.['first'] ?? Number.NaN } })),
          atMost(1000),
          ['the newest hundred events are shown; what each of them changed depends on all before'],
        ),
      ]
    } finally {
      await service.stop()
      removeDirectory(directory)
    }
  },
}
