import autocannon, { type Client, type Request } from 'autocannon'
import { percentile } from '../rounds.ts'
import { deliveries } from '../webhooks.ts'
import type { Latency, LoadJob, LoadResult, Requests } from './load.ts'

/** The load process: makes the requests of `process.argv[2]`, sends them with autocannon, prints what came back. */
const { url, connections, amount, requests } = JSON.parse(process.argv[2] ?? '') as LoadJob

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

const readPath = (users: Extract<Requests, { kind: 'reads' }>): string => {
  const user = users.firstUser + Math.floor(Math.random() * users.users)
  return users.proofsOf === undefined
    ? `/users/${user}/kyc${users.query ?? ''}`
    : `/users/${user}/events/${Math.floor(Math.random() * users.proofsOf)}/proof`
}

const tagOf = async (path: string): Promise<string> => {
  const response = await fetch(`${url}${path}`)
  await response.arrayBuffer()
  return response.headers.get('etag') ?? ''
}

/** `sent`: how many each connection will send. */
const preparedReads = async (
  reads: Extract<Requests, { kind: 'reads' }>,
  sent: number,
): Promise<readonly Request[]> => {
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
const requestsOf = async (): Promise<(connection: number) => readonly Request[]> => {
  const each = typeof amount === 'number' ? Math.ceil(amount / connections) : 0
  switch (requests.kind) {
    case 'deliveries':
      return (connection) => {
        const source = deliveries(requests.firstUser + connection * USERS_PER_CONNECTION)
        if (each > 0) return source.take(each).map(post).toArray()
        return [{ setupRequest: (request) => ({ ...request, ...post(source.next().value) }) }]
      }
    case 'reads': {
      const reads = await preparedReads(requests, each)
      const own = reads.length / connections
      return (connection) => reads.slice(connection * own, (connection + 1) * own)
    }
    case 'mixed': {
      const { firstUser, readFirstUser, users } = requests
      return (connection) => {
        const source = deliveries(firstUser + connection * USERS_PER_CONNECTION)
        return Array.from({ length: each }, (_, index) =>
          isDelivery(index)
            ? post(source.next().value)
            : { path: readPath({ kind: 'reads', firstUser: readFirstUser, users }) },
        )
      }
    }
  }
}

const isDelivery = (index: number): boolean =>
  requests.kind === 'deliveries' || (requests.kind === 'mixed' && index % MIX === 0)

const latencyOf = (all: readonly number[]): Latency | null =>
  all.length === 0 ? null : { p50: percentile(all, 0.5), p99: percentile(all, 0.99), max: percentile(all, 1) }

const of = await requestsOf()
/** Made before the first connection: a request's time begins when its connection is set up. */
const prepared = Array.from({ length: connections }, (_, connection) => of(connection))
let connection = 0
const answered = new Map<Client, number>()
const statuses: Record<string, number> = {}
const latencies = { reads: [] as number[], deliveries: [] as number[] }
let before = process.cpuUsage()
let count = 0
let began = 0
let ended = 0

const run = autocannon({
  url,
  connections,
  timeout: 30,
  // It looks as often whether all is answered, and ends no sooner.
  sampleInt: 100,
  ...(typeof amount === 'number' ? { amount } : { duration: amount.seconds }),
  setupClient: (client) => {
    client.setRequests(prepared[connection++] ?? [])
    began = performance.now()
    before = process.cpuUsage()
  },
})
run.on('response', (client, status, _bytes, milliseconds) => {
  const index = answered.get(client) ?? 0
  answered.set(client, index + 1)
  statuses[status] = (statuses[status] ?? 0) + 1
  count += 1
  // The time of the first includes making fifty connections.
  if (index > 0) latencies[isDelivery(index) ? 'deliveries' : 'reads'].push(milliseconds)
  ended = performance.now()
})
const { errors, timeouts } = await run
const { user, system } = process.cpuUsage(before)
if (errors + timeouts > 0) statuses['0'] = errors + timeouts

const seconds = (ended - began) / 1000
const result: LoadResult = {
  requests: count,
  seconds,
  perSecond: count / seconds,
  cpu: (user + system) / count,
  statuses,
  latency: { reads: latencyOf(latencies.reads), deliveries: latencyOf(latencies.deliveries) },
}
console.log(JSON.stringify(result))
