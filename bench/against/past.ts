import { join } from 'node:path'
import { runLoad } from '../load/load.ts'
import { atLeast, type Figure, figure, NO_TARGET, type Scale } from '../measurement.ts'
import { FIRST_PREPARED_USER } from '../preparedLog.ts'
import { removeDirectory, runScript } from '../processes.ts'
import { interleave, type Side } from '../rounds.ts'
import { type Service, startBareExpress } from '../service.ts'
import type { LeastPast, LeastPastJob } from './leastPast.ts'
import type { Sides } from './sides.ts'

/** Of histories few are made at a time, and who comes then is told to come again. */
const CONNECTIONS = { asOf: 20, history: 2 }
const EVENTS = 100
/** Deliveries that come while others are asked about. */
const DELIVERING = 10

const LEAST = new URL('./leastPast.ts', import.meta.url)

/** The past of users of whom nobody has asked before: others in each round. */
export const pastAgainst = async (
  { commit, here, there, logOf }: Sides,
  { quick, rounds, seconds }: Scale,
): Promise<readonly Figure[]> => {
  const users = quick ? 400 : 5000
  const copy = await logOf({ users, eventsEach: EVENTS, together: EVENTS, lateEvery: 0 })
  const directories = { here: copy(), there: copy() }
  const services = { here: await here(directories.here), there: await there(directories.there) }
  // A third of them for each question, so that none has been asked about when it is his turn.
  const each = Math.floor(users / rounds / 3)
  const ask = async (service: Service, query: string, from: number, connections: number): Promise<Side> => {
    const { perSecond } = await runLoad({
      url: service.url,
      connections,
      amount: Math.max(connections, Math.floor(each / 2)),
      requests: { kind: 'reads', firstUser: FIRST_PREPARED_USER + from, users: each, query },
    })
    return { value: perSecond }
  }
  const least = async (from: number): Promise<Side> => {
    const job: LeastPastJob = {
      file: join(directories.here, 'events.db'),
      firstUser: FIRST_PREPARED_USER + from,
      users: Math.max(CONNECTIONS.asOf, Math.floor(each / 2)),
    }
    return { value: (await runScript<LeastPast>(LEAST, job)).perSecond }
  }
  /** What sends texts as long as a history, and does nothing for them. */
  const history = await services.here.text(`/users/${FIRST_PREPARED_USER + users - 1}/kyc/history`)
  const bare = await startBareExpress(JSON.stringify('x'.repeat(history.length - 2)))
  const askBare = async (): Promise<Side> => {
    const requests = { kind: 'reads', firstUser: FIRST_PREPARED_USER, users: each } as const
    const { perSecond } = await runLoad({ url: bare.url, connections: CONNECTIONS.history, amount: each, requests })
    return { value: perSecond }
  }
  let told = 0
  /** How long deliveries take while it is asked about others. */
  const deliver = async (service: Service, query: string, from: number): Promise<Side> => {
    told += 1
    let isOver = false
    const asking = async (): Promise<void> => {
      while (!isOver) await ask(service, query, from, CONNECTIONS.asOf)
    }
    const delivering = runLoad({
      url: service.url,
      connections: DELIVERING,
      amount: { seconds },
      requests: { kind: 'deliveries', firstUser: 1_000_000_000 + 10_000_000 * told },
    }).finally(() => {
      isOver = true
    })
    const [{ latency }] = await Promise.all([delivering, asking()])
    return { value: latency.deliveries?.p99 ?? Number.NaN }
  }
  // Half of the history had occurred by then.
  const past = `?asOf=${new Date(Date.now() - 30 * 86_400_000 + 50 * 60_000).toISOString()}`
  try {
    for (const service of Object.values(services)) await service.idle()
    const results = await interleave(rounds, {
      hereAsOf: (round) => ask(services.here, past, round * 3 * each, CONNECTIONS.asOf),
      thereAsOf: (round) => ask(services.there, past, round * 3 * each, CONNECTIONS.asOf),
      least: (round) => least(round * 3 * each),
      hereHistory: (round) => ask(services.here, '/history', (round * 3 + 1) * each, CONNECTIONS.history),
      thereHistory: (round) => ask(services.there, '/history', (round * 3 + 1) * each, CONNECTIONS.history),
      bare: askBare,
      hereBeside: (round) => deliver(services.here, past, (round * 3 + 2) * each),
      thereBeside: (round) => deliver(services.there, past, (round * 3 + 2) * each),
    })
    const among = `${users.toLocaleString('en-US')} users with ${EVENTS} events, none asked about before`
    return [
      figure(
        { what: `asOf of ${among}`, against: commit, unit: '/s' },
        results.map(({ hereAsOf, thereAsOf }) => ({ product: hereAsOf, against: thereAsOf })),
        atLeast(5),
      ),
      figure(
        { what: 'the same, rows read, hashed and parsed and nothing else, in one thread', against: commit, unit: '/s' },
        results.map(({ least: alone, thereAsOf }) => ({ product: alone, against: thereAsOf })),
        NO_TARGET,
      ),
      figure(
        { what: `history of ${among}`, against: commit, unit: '/s' },
        results.map(({ hereHistory, thereHistory }) => ({ product: hereHistory, against: thereHistory })),
        atLeast(5),
      ),
      figure(
        { what: 'as many bytes as such a history, a constant sent by bare Express 5', against: commit, unit: '/s' },
        results.map(({ bare: constant, thereHistory }) => ({ product: constant, against: thereHistory })),
        NO_TARGET,
      ),
      figure(
        { what: `p99 of ${DELIVERING} that deliver while ${CONNECTIONS.asOf} ask so`, against: commit, unit: 'ms' },
        results.map(({ hereBeside, thereBeside }) => ({ product: hereBeside, against: thereBeside })),
        NO_TARGET,
      ),
    ]
  } finally {
    for (const service of [...Object.values(services), bare]) await service.stop()
    for (const directory of Object.values(directories)) removeDirectory(directory)
  }
}
