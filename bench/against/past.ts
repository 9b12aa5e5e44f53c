import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { currentReadModel } from '../../src/readModel/file.ts'
import { type Block, type LoadResult, runLoad } from '../load/load.ts'
import { atLeast, type Figure, figure, NO_TARGET, noted, type Scale } from '../measurement.ts'
import { FIRST_PREPARED_USER } from '../preparedLog.ts'
import { removeDirectory, runScript, type Server, startedServers } from '../processes.ts'
import { interleave, type Side } from '../rounds.ts'
import { type Service, startBareExpress, startLeastHistory } from '../service.ts'
import type { LeastPast, LeastPastJob } from './leastPast.ts'
import type { Sides } from './sides.ts'

/** Of histories few are made at a time, and who comes then is told to come again. */
const CONNECTIONS = { asOf: 20, history: 2 }
const EVENTS = 100
/** Deliveries that come while others are asked about. */
const DELIVERING = 10
const MOST_ROUNDS = 3
/** How many questions both sides are asked before the first round, about users nobody measures, and how many before each; V8 compiles meanwhile. */
const WARM_UP = { asOf: 3000, history: 600 }
const ANEW = { asOf: 400, history: 40 }
/** So many of these are told of together. */
const BLOCK = { asOf: 500, history: 100 }
const NAMES = { asOf: ['hereAsOf', 'thereAsOf'], history: ['hereHistory', 'thereHistory'] } as const

const LEAST = new URL('./leastPast.ts', import.meta.url)

/** Some of the users of the log. */
interface Some {
  readonly firstUser: number
  readonly users: number
}

/** A part of them for each round. */
const ofRound = ({ firstUser, users }: Some, rounds: number, round: number): Some => {
  const from = Math.floor((users * round) / rounds)
  return { firstUser: firstUser + from, users: Math.floor((users * (round + 1)) / rounds) - from }
}

const sideOf = ({ perSecond, cpu, answering }: LoadResult): Side => ({
  value: perSecond,
  notes: { ...answering, load: cpu, all: answering.main + answering.others },
})

/** The past of users of whom nobody has asked before: others in each round, each once. */
export const pastAgainst = async (
  { commit, here, there, logOf }: Sides,
  { quick, rounds: wanted, seconds }: Scale,
): Promise<readonly Figure[]> => {
  const rounds = Math.min(wanted, MOST_ROUNDS)
  const amounts = quick ? { asOf: 200, history: 100, others: 200 } : { asOf: 5000, history: 1200, others: 1500 }
  const asked: Some = { firstUser: FIRST_PREPARED_USER, users: amounts.asOf }
  const histories: Some = { firstUser: FIRST_PREPARED_USER + amounts.asOf, users: amounts.history }
  /** Who is asked about before, and beside deliveries: more than either side keeps anything of. */
  const others: Some = { firstUser: histories.firstUser + amounts.history, users: amounts.others }
  const users = amounts.asOf + amounts.history + amounts.others
  const copy = await logOf({ users, eventsEach: EVENTS, together: EVENTS, lateEvery: 0 })
  const directories = { here: copy(), there: copy() }
  const services = { here: await here(directories.here), there: await there(directories.there) }
  // Half of the history had occurred by then.
  const past = `?asOf=${new Date(Date.now() - 30 * 86_400_000 + 50 * 60_000).toISOString()}`
  const queries = { asOf: past, history: '/history' }
  type Kind = keyof typeof queries
  const of = (kind: Kind, some: Some) => ({ kind: 'reads', ...some, query: queries[kind], once: true }) as const
  const blockOf = (kind: Kind): number => (quick ? BLOCK[kind] / 10 : BLOCK[kind])
  const warmUp = async ({ url, pid }: Server, kind: Kind): Promise<readonly Block[]> => {
    const amount = quick ? WARM_UP[kind] / 10 : WARM_UP[kind]
    const connections = CONNECTIONS[kind]
    const block = blockOf(kind)
    const { blocks } = await runLoad({ url, answeredBy: pid, connections, amount, block, requests: of(kind, others) })
    return blocks
  }
  const ask = async ({ url, pid }: Server, kind: Kind, some: Some): Promise<Side> =>
    sideOf(
      await runLoad({
        url,
        answeredBy: pid,
        connections: CONNECTIONS[kind],
        amount: some.users,
        before: { amount: ANEW[kind], requests: of(kind, others) },
        requests: of(kind, some),
      }),
    )
  const readRows = async (some: Some): Promise<Side> => {
    const job: LeastPastJob = { file: join(directories.here, 'events.db'), ...some }
    return { value: (await runScript<LeastPast>(LEAST, job)).perSecond }
  }
  const { started, stop } = startedServers()
  /** What bounds a history; both that send one are held against the service. */
  const startLeast = async () => {
    const historyOf = async (url: string): Promise<string> =>
      (await fetch(`${url}/users/${others.firstUser}/kyc/history`)).text()
    const history = await historyOf(services.here.url)
    const job = { file: currentReadModel(directories.here), eventsEach: EVENTS }
    const ofBoth = { firstUser: histories.firstUser, users: amounts.history + amounts.others }
    const bare = await started(startBareExpress(JSON.stringify('x'.repeat(history.length - 2))))
    const ready = await started(startLeastHistory({ ...job, ...others, constant: true }))
    const folded = await started(startLeastHistory({ ...job, ...ofBoth, constant: false }))
    for (const { url } of [ready, folded])
      if ((await historyOf(url)) !== history) throw new Error('the least does not answer as the service does')
    return { bare, ready, folded }
  }
  let told = 0
  /** How long deliveries take while it is asked about others. */
  const deliver = async ({ url }: Service): Promise<Side> => {
    told += 1
    let isOver = false
    const asking = async (): Promise<void> => {
      while (!isOver)
        await runLoad({ url, connections: CONNECTIONS.asOf, amount: others.users, requests: of('asOf', others) })
    }
    const delivering = runLoad({
      url,
      connections: DELIVERING,
      amount: { seconds },
      requests: { kind: 'deliveries', firstUser: 1_000_000_000 + 10_000_000 * told },
    }).finally(() => {
      isOver = true
    })
    const [{ latency }] = await Promise.all([delivering, asking()])
    return { value: latency.deliveries?.p99 ?? Number.NaN }
  }
  try {
    for (const service of Object.values(services)) await service.idle()
    const least = await startLeast()
    const blocks = {
      hereAsOf: await warmUp(services.here, 'asOf'),
      thereAsOf: await warmUp(services.there, 'asOf'),
      hereHistory: await warmUp(services.here, 'history'),
      thereHistory: await warmUp(services.there, 'history'),
    }
    for (const server of Object.values(least)) await warmUp(server, 'history')
    const results = await interleave(rounds, {
      hereAsOf: (round) => ask(services.here, 'asOf', ofRound(asked, rounds, round)),
      thereAsOf: (round) => ask(services.there, 'asOf', ofRound(asked, rounds, round)),
      rows: (round) => readRows(ofRound(asked, rounds, round)),
      hereHistory: (round) => ask(services.here, 'history', ofRound(histories, rounds, round)),
      thereHistory: (round) => ask(services.there, 'history', ofRound(histories, rounds, round)),
      bare: (round) => ask(least.bare, 'history', ofRound(histories, rounds, round)),
      ready: (round) => ask(least.ready, 'history', ofRound(histories, rounds, round)),
      folded: (round) => ask(least.folded, 'history', ofRound(histories, rounds, round)),
      hereBeside: () => deliver(services.here),
      thereBeside: () => deliver(services.there),
    })
    type Name = keyof (typeof results)[number]
    const pairs = (product: Name, against: Name, value: (side: Side) => number = (side) => side.value) =>
      results.map((result) => ({
        product: { ...result[product], value: value(result[product]) },
        against: { ...result[against], value: value(result[against]) },
      }))
    const cost = ({ notes }: Side): number => notes?.['all'] ?? Number.NaN
    /** What a question costs, and what of the processors is at work meanwhile. */
    const split = (name: Name): string => {
      const sides = results.map((result) => result[name])
      const [main, other, load] = ['main', 'others', 'load'].map((note) => Math.round(noted(sides, note)))
      return `${name} ${main} + ${other}, who asks ${load}`
    }
    const warming = (name: keyof typeof blocks): string =>
      `${name} ${blocks[name].map(({ answering: { main, others } }) => Math.round(main + others)).join(', ')}`
    /** A second, if neither who answers nor who asks ever left one of the processors idle. */
    const most = (side: Side): number => (availableParallelism() * 1e6) / (cost(side) + (side.notes?.['load'] ?? 0))
    const paces = (kind: Kind, what: string): readonly Figure[] => {
      const [product, peer] = kind === 'asOf' ? NAMES.asOf : NAMES.history
      return [
        figure({ what, against: commit, unit: '/s' }, pairs(product, peer), atLeast(5)),
        figure(
          { what: 'the same, if no processor ever stood idle', against: commit, unit: '/s' },
          pairs(product, peer, most),
          NO_TARGET,
        ),
        figure(
          { what: 'processor time of such a question, all threads', against: commit, unit: 'µs' },
          pairs(product, peer, cost),
          NO_TARGET,
          [
            `of the main thread and of the others: ${split(product)}; ${split(peer)}`,
            `of each ${blockOf(kind)} before the first round, while V8 compiled: ${warming(product)}; ${warming(peer)}`,
          ],
        ),
      ]
    }
    /** What bounds a history: asked by the same load, beside the histories of the other side. */
    const bound = (name: 'bare' | 'ready' | 'folded', what: string): readonly Figure[] => [
      figure({ what, against: commit, unit: '/s' }, pairs(name, 'thereHistory'), NO_TARGET, [
        `µs of the main thread and of the others: ${split(name)}`,
      ]),
      figure(
        { what: 'the same, if no processor ever stood idle', against: commit, unit: '/s' },
        pairs(name, 'thereHistory', most),
        NO_TARGET,
      ),
    ]
    const among = (amount: number): string =>
      `${amount.toLocaleString('en-US')} users with ${EVENTS} events, each asked about for the first time`
    return [
      ...paces('asOf', `asOf of ${among(asked.users)}`),
      figure(
        { what: 'the same, rows read, hashed and parsed and nothing else, in one thread', against: commit, unit: '/s' },
        pairs('rows', 'thereAsOf'),
        NO_TARGET,
      ),
      ...paces('history', `history of ${among(histories.users)}`),
      ...bound(
        'folded',
        'such a history of readings that stand in memory, folded, written and sent by node:http, no more',
      ),
      ...bound('ready', 'the bytes of such a history, ready, sent by node:http'),
      ...bound('bare', 'as many bytes as such a history, a constant sent by bare Express 5'),
      figure(
        { what: `p99 of ${DELIVERING} that deliver while ${CONNECTIONS.asOf} ask so`, against: commit, unit: 'ms' },
        pairs('hereBeside', 'thereBeside'),
        NO_TARGET,
      ),
    ]
  } finally {
    await stop()
    for (const service of Object.values(services)) await service.stop()
    for (const directory of Object.values(directories)) removeDirectory(directory)
  }
}
