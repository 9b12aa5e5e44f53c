import { join } from 'node:path'
import { runLoad } from '../load/load.ts'
import { type Figure, figure, NO_TARGET, type Scale } from '../measurement.ts'
import { FIRST_PREPARED_USER } from '../preparedLog.ts'
import { removeDirectory, runScript } from '../processes.ts'
import { interleave, type Side } from '../rounds.ts'
import type { Service } from '../service.ts'
import { ask, type Kind, pacesOf, pairsOf, partOf, readsOf, type Some, warmUp } from './asked.ts'
import { histories } from './histories.ts'
import type { LeastPast, LeastPastJob } from './leastPast.ts'
import type { Sides } from './sides.ts'

const EVENTS = 100
/** Deliveries that come while others are asked about. */
const DELIVERING = 10
const MOST_ROUNDS = 3
/** In a quick run so much less is asked before. */
const QUICKER = 10

const kindsOf = (quick: boolean) => {
  const less = quick ? QUICKER : 1
  // Half of the history had occurred by then.
  const past = new Date(Date.now() - 30 * 86_400_000 + 50 * 60_000).toISOString()
  return {
    asOf: { query: `?asOf=${past}`, connections: 20, warmUp: 3000 / less, block: 500 / less, anew: 400 },
    // Few are made at a time, and who comes then is told to come again.
    history: { query: '/history', connections: 2, warmUp: 600 / less, block: 100 / less, anew: 40 },
  } satisfies Readonly<Record<string, Kind>>
}

const LEAST = new URL('./leastPast.ts', import.meta.url)

/** The past of users of whom nobody has asked before: others in each round, each once. */
export const pastAgainst = async (
  { commit, here, there, logOf }: Sides,
  { quick, rounds: wanted, seconds }: Scale,
): Promise<readonly Figure[]> => {
  const rounds = Math.min(wanted, MOST_ROUNDS)
  const amounts = quick ? { asOf: 200, history: 100, others: 200 } : { asOf: 5000, history: 1800, others: 1500 }
  const asked: Some = { firstUser: FIRST_PREPARED_USER, users: amounts.asOf }
  const told: Some = { firstUser: FIRST_PREPARED_USER + amounts.asOf, users: amounts.history }
  /** Who is asked about before, and beside deliveries: more than either side keeps anything of. */
  const others: Some = { firstUser: told.firstUser + amounts.history, users: amounts.others }
  const users = amounts.asOf + amounts.history + amounts.others
  const copy = await logOf({ users, eventsEach: EVENTS, together: EVENTS, lateEvery: 0 })
  const directories = { here: copy(), there: copy() }
  const services = { here: await here(directories.here), there: await there(directories.there) }
  const { asOf, history } = kindsOf(quick)
  const readRows = async (some: Some): Promise<Side> => {
    const job: LeastPastJob = { file: join(directories.here, 'events.db'), ...some }
    return { value: (await runScript<LeastPast>(LEAST, job)).perSecond }
  }
  let delivered = 0
  /** How long deliveries take while it is asked about others. */
  const deliver = async ({ url }: Service): Promise<Side> => {
    delivered += 1
    let isOver = false
    const asking = async (): Promise<void> => {
      while (!isOver)
        await runLoad({ url, connections: asOf.connections, amount: others.users, requests: readsOf(asOf, others) })
    }
    const delivering = runLoad({
      url,
      connections: DELIVERING,
      amount: { seconds },
      requests: { kind: 'deliveries', firstUser: 1_000_000_000 + 10_000_000 * delivered },
    }).finally(() => {
      isOver = true
    })
    const [{ latency }] = await Promise.all([delivering, asking()])
    return { value: latency.deliveries?.p99 ?? Number.NaN }
  }
  try {
    for (const service of Object.values(services)) await service.idle()
    const blocks = {
      here: await warmUp(asOf, services.here, others),
      there: await warmUp(asOf, services.there, others),
    }
    const results = await interleave(rounds, {
      here: (round) => ask(asOf, services.here, partOf(asked, rounds, round), others),
      there: (round) => ask(asOf, services.there, partOf(asked, rounds, round), others),
      rows: (round) => readRows(partOf(asked, rounds, round)),
    })
    const what = `asOf of ${asked.users.toLocaleString('en-US')} users with ${EVENTS} events, each asked about for the first time`
    const log = { directory: directories.here, eventsEach: EVENTS, events: users * EVENTS }
    const ofHistories = await histories({ commit, kind: history, services, ...log, some: told, others, rounds })
    const beside = await interleave(rounds, {
      here: () => deliver(services.here),
      there: () => deliver(services.there),
    })
    return [
      ...pacesOf({ commit, kind: asOf, what, results, blocks }),
      figure(
        { what: 'the same, rows read, hashed and parsed and nothing else, in one thread', against: commit, unit: '/s' },
        pairsOf(results)('rows', 'there'),
        NO_TARGET,
      ),
      ...ofHistories,
      figure(
        { what: `p99 of ${DELIVERING} that deliver while ${asOf.connections} ask so`, against: commit, unit: 'ms' },
        pairsOf(beside)('here', 'there'),
        NO_TARGET,
      ),
    ]
  } finally {
    for (const service of Object.values(services)) await service.stop()
    for (const directory of Object.values(directories)) removeDirectory(directory)
  }
}
