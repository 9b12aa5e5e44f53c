import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { deliverToService } from './ingest.ts'
import { runLoad } from './load/load.ts'
import { type Figure, figure, type Measurement, NO_TARGET, noted } from './measurement.ts'
import { newDirectory } from './processes.ts'
import { interleave, type Side } from './rounds.ts'
import { type Service, startService } from './service.ts'

const EXAMPLE = fileURLToPath(new URL('../deploy/tracing/otlp.mjs', import.meta.url))
const CONNECTIONS = 50
const FIRST_USER = 900_000_000
const USERS = 1000
const WARM_UP = 5000

/** Takes what it is sent, and throws it away. */
const startCollector = async () => {
  let bytes = 0
  const server = createServer((req, res) => {
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    req.on('end', () => res.setHeader('Content-Type', 'application/json').end('{}'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, bytes: () => bytes, close: () => server.close() }
}

/** With the CPU that one read costs the main thread, in microseconds. */
const readFrom = async (service: Service, amount: number): Promise<Side> => {
  const before = service.cpu()
  const { perSecond } = await runLoad(
    {
      url: service.url,
      connections: CONNECTIONS,
      amount,
      requests: { kind: 'reads', firstUser: FIRST_USER, users: USERS, revalidate: false },
    },
    [200, 404],
  )
  return { value: perSecond, notes: { main: ((service.cpu().main - before.main) / amount) * 1e6 } }
}

/** What spans cost where an SDK takes them, by the example that sends them to a collector: all of them, or a hundredth. */
export const tracing: Measurement = {
  name: 'tracing',
  run: async ({ rounds, seconds }) => {
    const collector = await startCollector()
    const traced = (share: string): Promise<Service> =>
      startService(newDirectory(), [`--import=${EXAMPLE}`], {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_TRACES_SAMPLER_ARG: share,
      })
    const services = { none: await startService(), all: await traced('1'), few: await traced('0.01') }
    const each = async <A>(act: (service: Service) => Promise<A>): Promise<void> => {
      for (const service of Object.values(services)) await act(service)
    }
    try {
      let [deliveries, reads] = [0, 0]
      await each(async (service) => {
        deliveries = Math.ceil((await deliverToService(service, WARM_UP)).value * seconds)
        reads = Math.ceil((await readFrom(service, WARM_UP)).value * seconds)
      })
      const measured = async (what: string, act: (service: Service) => Promise<Side>): Promise<readonly Figure[]> => {
        const results = await interleave(rounds, {
          none: () => act(services.none),
          all: () => act(services.all),
          few: () => act(services.few),
        })
        const main = (side: keyof typeof services): number =>
          Math.round(
            noted(
              results.map((one) => one[side]),
              'main',
            ),
          )
        return (['all', 'few'] as const).map((side) =>
          figure(
            {
              what: `${what}, ${side === 'all' ? 'every trace' : 'one trace in 100'} sent`,
              against: 'without spans',
              unit: '/s',
            },
            results.map((one) => ({ product: one[side], against: one.none })),
            NO_TARGET,
            [`one costs ${main(side)} µs of the main thread, without spans ${main('none')}`],
          ),
        )
      }
      return [
        ...(await measured('ingest', (service) => deliverToService(service, deliveries))),
        ...(await measured('read', (service) => readFrom(service, reads))),
      ]
    } finally {
      await each((service) => service.stop())
      collector.close()
    }
  },
}
