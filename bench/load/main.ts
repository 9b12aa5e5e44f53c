import autocannon, { type Client, type Request } from 'autocannon'
import { cpuSeconds } from '../processes.ts'
import { percentile } from '../rounds.ts'
import { deliveries } from '../webhooks.ts'
import type { Block, Latency, LoadJob, LoadResult, Requests } from './load.ts'

/** The load process: makes the requests of `process.argv[2]`, sends them with autocannon, prints what came back. */
const job = JSON.parse(process.argv[2] ?? '') as LoadJob
const { url, connections } = job

/** Users told of by one connection never meet those of another. */
const USERS_PER_CONNECTION = 100_000
/** Each connection has so many reads of its own, of users at random: too many in all for a cache of answers or of pages. */
const READS = 1000
const READS_WITH_TAG = 200
const TAGS_AT_A_TIME = 20
const MIX = 10

const post = (body: string): Request => ({
  method: 'POST',
  path: '/webhooks/treezor',
  headers: { 'content-type': 'application/json' },
  body,
})

type Reads = Extract<Requests, { kind: 'reads' }>

const readPath = (users: Reads, user: number = users.firstUser + Math.floor(Math.random() * users.users)): string =>
  users.proofsOf === undefined
    ? `/users/${user}/kyc${users.query ?? ''}`
    : `/users/${user}/events/${Math.floor(Math.random() * users.proofsOf)}/proof`

/** Each of the users once, in an order of chance. */
const shuffled = ({ firstUser, users }: Reads): readonly number[] => {
  const all = Array.from({ length: users }, (_, index) => firstUser + index)
  for (let last = users - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1))
    ;[all[last], all[other]] = [all[other] as number, all[last] as number]
  }
  return all
}

/** What is asked of each of the users once, as many as are sent, of the connections in turn. */
const readsOnce = (reads: Reads, sent: number): ((connection: number) => readonly Request[]) => {
  const users = shuffled(reads)
  return (connection) =>
    Array.from({ length: sent }, (_, index) => ({
      path: readPath(reads, users[(index * connections + connection) % users.length]),
    }))
}

const tagOf = async (path: string): Promise<string> => {
  const response = await fetch(`${url}${path}`)
  await response.arrayBuffer()
  return response.headers.get('etag') ?? ''
}

/** `sent`: how many each connection will send. */
const preparedReads = async (reads: Reads, sent: number): Promise<readonly Request[]> => {
  const each = Math.min(sent, reads.revalidate === true ? READS_WITH_TAG : READS)
  const paths = Array.from({ length: each * connections }, () => readPath(reads))
  if (reads.revalidate !== true) return paths.map((path) => ({ path }))
  const prepared: Request[] = []
  for (let from = 0; from < paths.length; from += TAGS_AT_A_TIME) {
    const some = paths.slice(from, from + TAGS_AT_A_TIME)
    const withTag = async (path: string): Promise<Request> => ({
      path,
      headers: { 'if-none-match': await tagOf(path) },
    })
    prepared.push(...(await Promise.all(some.map(withTag))))
  }
  return prepared
}

/** The requests of each connection, in its order. */
const requestsOf = async (
  amount: LoadJob['amount'],
  requests: Requests,
): Promise<(connection: number) => readonly Request[]> => {
  const each = typeof amount === 'number' ? Math.ceil(amount / connections) : 0
  switch (requests.kind) {
    case 'deliveries':
      return (connection) => {
        const source = deliveries(requests.firstUser + connection * USERS_PER_CONNECTION)
        if (each > 0) return source.take(each).map(post).toArray()
        return [{ setupRequest: (request) => ({ ...request, ...post(source.next().value) }) }]
      }
    case 'reads': {
      if (requests.once === true) return readsOnce(requests, each)
      const reads = await preparedReads(requests, each)
      const own = reads.length / connections
      return (connection) => reads.slice(connection * own, (connection + 1) * own)
    }
    case 'mixed': {
      const { firstUser, readFirstUser, users } = requests
      return (connection) => {
        const source = deliveries(firstUser + connection * USERS_PER_CONNECTION)
        return Array.from({ length: each }, (_, index) =>
          isDelivery(requests, index)
            ? post(source.next().value)
            : { path: readPath({ kind: 'reads', firstUser: readFirstUser, users }) },
        )
      }
    }
  }
}

const isDelivery = (requests: Requests, index: number): boolean =>
  requests.kind === 'deliveries' || (requests.kind === 'mixed' && index % MIX === 0)

const latencyOf = (all: readonly number[]): Latency | null =>
  all.length === 0 ? null : { p50: percentile(all, 0.5), p99: percentile(all, 0.99), max: percentile(all, 1) }

/** What had been done by a moment: requests, and microseconds of processors. */
const reached = (count: number) => {
  const { user, system } = process.cpuUsage()
  const { main, others } =
    job.answeredBy === undefined ? { main: Number.NaN, others: Number.NaN } : cpuSeconds(job.answeredBy)
  return { at: performance.now(), count, cpu: user + system, main: main * 1e6, others: others * 1e6 }
}
type Reached = ReturnType<typeof reached>

const blockOf = (from: Reached, to: Reached): Block => {
  const count = to.count - from.count
  return {
    perSecond: count / ((to.at - from.at) / 1000),
    cpu: (to.cpu - from.cpu) / count,
    answering: { main: (to.main - from.main) / count, others: (to.others - from.others) / count },
  }
}

/** Sends requests; of each `block` of them it is said what they cost. */
const send = async (amount: LoadJob['amount'], requests: Requests, block = Number.POSITIVE_INFINITY) => {
  const of = await requestsOf(amount, requests)
  /** Made before the first connection: a request's time begins when its connection is set up. */
  const prepared = Array.from({ length: connections }, (_, connection) => of(connection))
  let connection = 0
  const answered = new Map<Client, number>()
  const statuses: Record<string, number> = {}
  const latencies = { reads: [] as number[], deliveries: [] as number[] }
  const each: [number, number][] = []
  const blocks: Block[] = []
  let began = reached(0)
  let blockBegan = began
  let ended: Reached | null = null
  let [count, lastAt] = [0, 0]

  const run = autocannon({
    url,
    connections,
    timeout: 30,
    // It looks as often whether all is answered, and ends no sooner.
    sampleInt: 100,
    ...(typeof amount === 'number' ? { amount } : { duration: amount.seconds }),
    setupClient: (client) => {
      client.setRequests(prepared[connection++] ?? [])
      began = reached(0)
      blockBegan = began
    },
  })
  run.on('response', (client, status, _bytes, milliseconds) => {
    const index = answered.get(client) ?? 0
    answered.set(client, index + 1)
    statuses[status] = (statuses[status] ?? 0) + 1
    count += 1
    // The time of the first includes making fifty connections.
    if (index > 0) latencies[isDelivery(requests, index) ? 'deliveries' : 'reads'].push(milliseconds)
    lastAt = performance.now()
    if (index > 0 && job.each === true) each.push([performance.timeOrigin + lastAt, milliseconds])
    if (count === amount) ended = reached(count)
    if (count % block !== 0) return
    const here = ended ?? reached(count)
    blocks.push(blockOf(blockBegan, here))
    blockBegan = here
  })
  const { errors, timeouts } = await run
  if (errors + timeouts > 0) statuses['0'] = errors + timeouts
  return { count, statuses, latencies, each, blocks, began, ended: ended ?? { ...reached(count), at: lastAt } }
}

if (job.before !== undefined) {
  const { statuses } = await send(job.before.amount, job.before.requests)
  if (Object.keys(statuses).some((status) => status !== '200'))
    throw new Error(`${url} answered ${JSON.stringify(statuses)}`)
}
const { count, statuses, latencies, each, blocks, began, ended } = await send(job.amount, job.requests, job.block)
const result: LoadResult = {
  ...blockOf(began, ended),
  blocks,
  requests: count,
  seconds: (ended.at - began.at) / 1000,
  statuses,
  latency: { reads: latencyOf(latencies.reads), deliveries: latencyOf(latencies.deliveries) },
  ...(job.each === true ? { each } : {}),
}
console.log(JSON.stringify(result))
