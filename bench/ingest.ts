import { availableParallelism } from 'node:os'
import { runLoad } from './load/load.ts'
import { atLeast, atMost, type Figure, figure, type Measurement, NO_TARGET, noted, notMeasured } from './measurement.ts'
import { type Peer, startEmmett } from './peers/emmettProcess.ts'
import { cpuSeconds, type Server, startedServers } from './processes.ts'
import { interleave, median, type Side } from './rounds.ts'
import { type Service, startBareExpress, startLeastIngest, startService } from './service.ts'

const CONNECTIONS = 50
const SHARE_OF_BARE = 0.7
/** Each side has answered so many before the first round: until then V8 compiles, on both cores, what runs often, most of it from ten to fifteen thousand. */
export const WARM_UP = 30_000
/** Where it has to be quick; of the slowest fewer, which would take a while. */
export const TRIAL = 3000
const FEW = 1000
const USERS_PER_ROUND = 10_000_000
const FIRST_USER = 100_000_000

const AGAINST_BARE = { what: 'ingest', against: 'bare Express 5, raw body', unit: '/s' }
const AGAINST_LEAST = { what: 'ingest', against: 'the least: verified, fsynced, no more', unit: '/s' }
const LEAST = { what: 'the least: verified, fsynced, no more', against: 'bare Express 5, raw body', unit: '/s' }
const TAIL = { what: 'ingest, p99', against: 'bare Express 5, raw body', unit: 'ms' }
const LEAST_TAIL = { what: 'the least, p99', against: 'bare Express 5, raw body', unit: 'ms' }
const AGAINST_EMMETT = { what: 'ingest', against: 'Emmett, Express and SQLite, durable', unit: '/s' }

let told = 0
/** Users nobody has told of yet. */
const newUsers = (): number => FIRST_USER + USERS_PER_ROUND * told++

export const deliver = async (url: string, amount: number): Promise<Side> => {
  const { perSecond, cpu, latency } = await runLoad({
    url,
    connections: CONNECTIONS,
    amount,
    requests: { kind: 'deliveries', firstUser: newUsers() },
  })
  return {
    value: perSecond,
    notes: { p50: latency.deliveries?.p50 ?? 0, p99: latency.deliveries?.p99 ?? 0, load: cpu },
  }
}

/** With the CPU that one delivery costs, in microseconds: of the main thread, and of those that write and project. */
export const deliverToService = async (service: Service, amount: number): Promise<Side> => {
  const before = service.cpu()
  const side = await deliver(service.url, amount)
  const atEnd = service.cpu()
  const ended = performance.now()
  await service.idle()
  const after = service.cpu()
  return {
    ...side,
    notes: {
      ...side.notes,
      main: ((atEnd.main - before.main) / amount) * 1e6,
      others: ((after.others - before.others) / amount) * 1e6,
      behind: (performance.now() - ended) / 1000,
    },
  }
}

/** With the CPU that one delivery costs the process, in microseconds: all of it, and of the main thread and the others. */
export const deliverToPeer = async ({ url, pid }: Server, amount: number): Promise<Side> => {
  const before = cpuSeconds(pid)
  const side = await deliver(url, amount)
  const after = cpuSeconds(pid)
  const main = ((after.main - before.main) / amount) * 1e6
  const others = ((after.others - before.others) / amount) * 1e6
  return { ...side, notes: { ...side.notes, cpu: main + others, main, others } }
}

/** What a delivery could cost at most at the pace of the target, if no processor ever stood idle: microseconds, without the load. */
const leftForDelivery = ({ bare, service }: Readonly<Record<'bare' | 'service', Side>>): number =>
  (availableParallelism() * 1e6) / (SHARE_OF_BARE * bare.value) - (service.notes?.['load'] ?? 0)

/** How many processors are at work for a side: what one delivery costs under `names`, times the deliveries per second. */
const processors = (sides: readonly Side[], ...names: readonly string[]): string =>
  median(
    sides.map(({ value, notes }) => (names.reduce((sum, name) => sum + (notes?.[name] ?? 0), 0) * value) / 1e6),
  ).toFixed(1)

const outcomes = async (service: Service): Promise<string> =>
  [...(await service.text('/metrics')).matchAll(/^kyc_deliveries_total\{outcome="(\w+)"\} (\d+)$/gm)]
    .map(([, outcome, count]) => `${outcome} ${count}`)
    .join(', ')

export const ingest: Measurement = {
  name: 'ingest',
  run: async ({ quick, rounds, seconds }) => {
    const { started, stop } = startedServers()
    try {
      const service = await started(startService())
      const bare = await started(startBareExpress())
      const least = await started(startLeastIngest())
      const emmett: Peer = await startEmmett()
      if (emmett._tag === 'Running') await started(Promise.resolve(emmett.server))
      // At least one for each connection, however slow the machine is.
      const amountFor = async (url: string, first: number): Promise<number> =>
        Math.max(CONNECTIONS, Math.ceil((await deliver(url, first)).value * seconds))
      const amounts = { service: 0, bare: 0, least: 0, emmett: 0 }
      const trial = quick ? TRIAL : WARM_UP
      amounts.bare = await amountFor(bare.url, trial)
      amounts.least = await amountFor(least.url, trial)
      amounts.service = await amountFor(service.url, trial)
      if (emmett._tag === 'Running') amounts.emmett = await amountFor(emmett.server.url, quick ? FEW : WARM_UP)
      await service.idle()

      const results = await interleave<'service' | 'bare' | 'least' | 'emmett'>(rounds, {
        service: () => deliverToService(service, amounts.service),
        bare: () => deliverToPeer(bare, amounts.bare),
        least: () => deliverToPeer(least, amounts.least),
        emmett: async () =>
          emmett._tag === 'Running' ? deliverToPeer(emmett.server, amounts.emmett) : { value: Number.NaN },
      })
      const sides = results.map((result) => result.service)
      const bareSides = results.map((result) => result.bare)
      const leastSides = results.map((result) => result.least)
      const emmettSides = results.map((result) => result.emmett)
      const ofTail = (side: Side): Side => ({ value: side.notes?.['p99'] ?? Number.NaN })
      const figures: Figure[] = [
        figure(
          AGAINST_BARE,
          results.map((result) => ({ product: result.service, against: result.bare })),
          atLeast(SHARE_OF_BARE),
          [
            `one delivery costs ${Math.round(noted(sides, 'main'))} µs of the main thread and ${Math.round(noted(sides, 'others'))} µs of the others (log writer, projection, and what V8 does beside); the bare route ${Math.round(noted(bareSides, 'cpu'))} µs in all, the least ${Math.round(noted(leastSides, 'cpu'))}`,
            `at ${SHARE_OF_BARE} of the bare route's pace there would be ${Math.round(median(results.map(leftForDelivery)))} µs for a delivery, of all processors, the ${Math.round(noted(sides, 'load'))} that the load takes not counted`,
            `the read model had caught up ${noted(sides, 'behind').toFixed(1)} s after the last delivery (waiting in steps of 0.1 s)`,
            `deliveries by outcome: ${await outcomes(service)}`,
          ],
        ),
        figure(
          TAIL,
          results.map((result) => ({ product: ofTail(result.service), against: ofTail(result.bare) })),
          atMost(3),
        ),
      ]
      const limits: Figure[] = [
        figure(
          LEAST,
          results.map((result) => ({ product: result.least, against: result.bare })),
          NO_TARGET,
          ['the limit of a verified and fsynced 200 on this machine, by parts of the service and nothing else'],
        ),
        figure(
          LEAST_TAIL,
          results.map((result) => ({ product: ofTail(result.least), against: ofTail(result.bare) })),
          NO_TARGET,
        ),
        figure(
          AGAINST_LEAST,
          results.map((result) => ({ product: result.service, against: result.least })),
          NO_TARGET,
        ),
      ]
      const againstEmmett =
        emmett._tag === 'Running'
          ? figure(
              AGAINST_EMMETT,
              results.map((result) => ({ product: result.service, against: result.emmett })),
              atLeast(5),
              [
                emmett.versions,
                `of the processors the service takes ${processors(sides, 'main', 'others')}, Emmett's side, which waits for one fsync after the other, ${processors(emmettSides, 'cpu')}`,
              ],
            )
          : notMeasured({ ...AGAINST_EMMETT, target: '>= 5' }, emmett.reason)
      return [...figures, againstEmmett, ...limits]
    } finally {
      await stop()
    }
  },
}
