import { availableParallelism } from 'node:os'
import { runLoad } from '../load/load.ts'
import { type Figure, figure, NO_TARGET, noted, type Scale, type Target } from '../measurement.ts'
import { newDirectory, processSeconds, removeDirectory, threadSeconds } from '../processes.ts'
import type { Side } from '../rounds.ts'
import { type Service, startService } from '../service.ts'

const CONNECTIONS = 50
const servers = (process.env['EVENTSTORE_TEST_CLUSTER_PIDS'] ?? '').split(',').filter((pid) => pid !== '')

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)

/** What each node has taken of processors so far, in seconds: by thread, and in all. */
const usedBy = (nodes: readonly Service[]) =>
  nodes.map(({ pid }) => ({ pid, threads: threadSeconds(pid), all: processSeconds(pid) }))

/** What each server has taken. */
const usedByServers = (): readonly number[] => servers.map((pid) => processSeconds(Number(pid)))

let round = 0

/**
 * Deliveries to all nodes at once, the same number to each. What a delivery costs, in microseconds of a processor: the nodes'
 * main threads, which each work for their own deliveries; the busiest of each node's other threads, the projection, which works for all
 * of them; the rest; the servers and the load.
 */
const deliverTo = async (nodes: readonly Service[], amount: number): Promise<Side> => {
  const micro = (seconds: number): number => (seconds / amount) * 1e6
  const [nodesBefore, serversBefore] = [usedBy(nodes), usedByServers()]
  const loads = await Promise.all(
    nodes.map(({ url }) =>
      runLoad({
        url,
        connections: CONNECTIONS / nodes.length,
        amount: amount / nodes.length,
        requests: { kind: 'deliveries', firstUser: 4_000_000_000 + 10_000_000 * round++ },
      }),
    ),
  )
  const seconds = Math.max(...loads.map((load) => load.seconds))
  for (const node of nodes) await node.idle()
  const each = usedBy(nodes).map(({ pid, threads, all }, at) => {
    const before = nodesBefore[at]
    const costs = [...threads].map(([id, of]) => ({ id, cost: micro(of - (before?.threads.get(id) ?? 0)) }))
    const main = costs.find(({ id }) => id === pid)?.cost ?? Number.NaN
    const projection = Math.max(...costs.filter(({ id }) => id !== pid).map(({ cost }) => cost))
    return { main, projection, rest: micro(all - (before?.all ?? 0)) - main - projection }
  })
  const ofServers = usedByServers().map((now, at) => micro(now - (serversBefore[at] ?? 0)))
  const load = sum(loads.map(({ cpu }) => cpu)) / loads.length
  const [main, projection, rest] = [
    sum(each.map((of) => of.main)),
    sum(each.map((of) => of.projection)),
    sum(each.map((of) => of.rest)),
  ]
  return {
    value: amount / seconds,
    notes: {
      busiestThread: Math.max(...each.flatMap((of) => [of.main, of.projection])),
      main,
      projection,
      rest,
      servers: sum(ofServers),
      busiestServer: Math.max(...ofServers),
      load,
      // Of the time until the last was answered: by then nearly all that these do is done.
      busy: ((main + projection + rest + sum(ofServers) + load) * amount) / 1e6 / seconds,
    },
  }
}

/**
 * One node of the service, then a second one beside it, on the same cluster. Their directories are kept from round to round: without a read
 * model a node would begin with all that the rounds before have left in the log.
 */
const oneThenTwo = async (url: string, directories: readonly string[], warmUp: number, amount: number) => {
  const services: Service[] = []
  const begin = async (): Promise<void> => {
    const env = { SEAL_EVERY: '0', PAGE: 'off', EVENT_STORE: url }
    const service = await startService(directories[services.length], [], env)
    services.push(service)
    await service.idle()
    await deliverTo([service], warmUp)
    for (const each of services) await each.idle()
  }
  try {
    await begin()
    const one = await deliverTo(services, amount)
    await begin()
    return { one, two: await deliverTo(services, amount) }
  } finally {
    for (const service of services) await service.stop()
  }
}

/** Two nodes, loaded at once, against one of them alone. */
export const twoNodes = async (url: string, { quick, rounds }: Scale, target: Target): Promise<readonly Figure[]> => {
  const results: { readonly one: Side; readonly two: Side }[] = []
  const directories = [newDirectory(), newDirectory()]
  for (let number = 0; number < rounds; number += 1) {
    results.push(await oneThenTwo(url, directories, quick ? 2000 : 5000, quick ? 2000 : 10_000))
  }
  for (const directory of directories) removeDirectory(directory)
  const split = (name: 'one' | 'two'): string => {
    const sides = results.map((result) => result[name])
    const of = (note: string): number => Math.round(noted(sides, note))
    const cluster =
      servers.length === 0 ? '' : `, servers ${of('servers')}, of which the busiest ${of('busiestServer')}`
    const services = `main threads ${of('main')}, projections ${of('projection')}, other threads ${of('rest')}`
    return `${name}: ${services}${cluster}, load ${of('load')}; ${noted(sides, 'busy').toFixed(1)} of ${availableParallelism()} processors`
  }
  const capacity =
    (note: string) =>
    ({ notes }: Side): Side => ({ value: 1e6 / (notes?.[note] ?? Number.NaN) })
  const against = 'one node, the same cluster'
  const rows = (of: (side: Side) => Side) => results.map(({ one, two }) => ({ product: of(two), against: of(one) }))
  return [
    figure(
      { what: 'deliveries to two nodes of the service on a cluster of three', against, unit: '/s' },
      rows((side) => side),
      target,
      [`microseconds of a processor for a delivery, ${split('one')} at work; ${split('two')}`],
    ),
    figure(
      { what: 'the same, for a second of the busiest thread of a node', against, unit: '/s' },
      rows(capacity('busiestThread')),
      target,
      [
        'what they would take for good if each node had a machine of its own, as far as the servers go: of its own deliveries a node has the main thread’s work, of all of them the projection’s',
      ],
    ),
    figure(
      { what: 'the same, for a second of the busiest server', against, unit: '/s' },
      rows(capacity('busiestServer')),
      NO_TARGET,
    ),
  ]
}
