import { runLoad } from '../load/load.ts'
import { type Figure, figure, noted, type Scale, type Target } from '../measurement.ts'
import { newDirectory, removeDirectory, threadSeconds } from '../processes.ts'
import type { Side } from '../rounds.ts'
import { type Service, startService } from '../service.ts'

const CONNECTIONS = 50
const servers = (process.env['EVENTSTORE_TEST_CLUSTER_PIDS'] ?? '').split(',').filter((pid) => pid !== '')

const secondsOf = (pid: number): number => threadSeconds(pid).reduce((sum, seconds) => sum + seconds, 0)

let round = 0

/**
 * Deliveries to all nodes at once, the same number to each. What a delivery costs, in microseconds of a processor: the nodes
 * that were given it and the others (each projects all of them), the servers, the load.
 */
const deliverTo = async (nodes: readonly Service[], amount: number): Promise<Side> => {
  const counted = () => ({
    nodes: nodes.map((node) => node.cpu()),
    servers: servers.reduce((sum, pid) => sum + secondsOf(Number(pid)), 0),
  })
  const before = counted()
  const began = performance.now()
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
  const after = counted()
  const micro = (total: number): number => (total / amount) * 1e6
  const main = nodes.map((_, at) => micro((after.nodes[at]?.main ?? 0) - (before.nodes[at]?.main ?? 0)))
  const others = nodes.map((_, at) => micro((after.nodes[at]?.others ?? 0) - (before.nodes[at]?.others ?? 0)))
  const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)
  return {
    value: amount / seconds,
    notes: {
      busiest: Math.max(...nodes.map((_, at) => (main[at] ?? 0) + (others[at] ?? 0))),
      main: sum(main),
      others: sum(others),
      servers: micro(after.servers - before.servers),
      load: sum(loads.map(({ cpu }) => cpu)) / loads.length,
      untilIdle: (performance.now() - began) / 1000,
    },
  }
}

/** One node of the service, then a second one beside it, on the same cluster. */
const oneThenTwo = async (url: string, warmUp: number, amount: number) => {
  const directories = [newDirectory(), newDirectory()]
  const services: Service[] = []
  const begin = async (): Promise<void> => {
    const env = { SEAL_EVERY: '0', PAGE: 'off', EVENT_STORE: url }
    const service = await startService(directories[services.length], [], env)
    services.push(service)
    await service.idle()
    await deliverTo([service], warmUp)
  }
  try {
    await begin()
    const one = await deliverTo(services, amount)
    await begin()
    return { one, two: await deliverTo(services, amount) }
  } finally {
    for (const service of services) await service.stop()
    for (const directory of directories) removeDirectory(directory)
  }
}

/** Two nodes, loaded at once, against one of them alone. */
export const twoNodes = async (url: string, { quick, rounds }: Scale, target: Target): Promise<readonly Figure[]> => {
  const results: { readonly one: Side; readonly two: Side }[] = []
  for (let number = 0; number < rounds; number += 1) {
    results.push(await oneThenTwo(url, quick ? 1000 : 5000, quick ? 2000 : 10_000))
  }
  const split = (name: 'one' | 'two'): string => {
    const sides = results.map((result) => result[name])
    const of = (note: string): number => Math.round(noted(sides, note))
    const cluster = servers.length === 0 ? '' : `, servers ${of('servers')}`
    return `${name}: services ${of('main')} (main threads) + ${of('others')} (the others)${cluster}, load ${of('load')}`
  }
  const capacity = ({ notes }: Side): Side => ({ value: 1e6 / (notes?.['busiest'] ?? Number.NaN) })
  const against = 'one node, the same cluster'
  return [
    figure(
      { what: 'deliveries to two nodes of the service on a cluster of three', against, unit: '/s' },
      results.map(({ one, two }) => ({ product: two, against: one })),
      target,
      [`microseconds of a processor for a delivery, ${split('one')}; ${split('two')}`],
    ),
    figure(
      { what: 'the same, for a second of the busier node’s processor', against, unit: '/s' },
      results.map(({ one, two }) => ({ product: capacity(two), against: capacity(one) })),
      target,
      ['what two nodes would take if neither servers nor load were the limit, and each had a machine of its own'],
    ),
  ]
}
