import { setTimeout as delay } from 'node:timers/promises'
import { runLoad } from './load/load.ts'
import { atMost, type Figure, judged, type Measurement, notMeasured } from './measurement.ts'
import { residentMiB } from './processes.ts'
import { median, spread } from './rounds.ts'
import { startService } from './service.ts'

const CONNECTIONS = 50
const MINUTES = 5

const WHAT = { what: 'resident memory, 5 minutes of ingest', against: 'the minute after the first', target: '<= 1.1' }

export const memory: Measurement = {
  name: 'memory',
  run: async ({ quick }) => {
    if (quick) return [notMeasured(WHAT, 'it takes five minutes; a run without --quick does')]
    const service = await startService()
    const samples: { readonly second: number; readonly mib: number }[] = []
    const sampling = new AbortController()
    const began = performance.now()
    const sample = async (): Promise<void> => {
      while (!sampling.signal.aborted) {
        samples.push({ second: (performance.now() - began) / 1000, mib: residentMiB(service.pid) })
        await delay(500)
      }
    }
    try {
      const sampled = sample()
      const load = await runLoad({
        url: service.url,
        connections: CONNECTIONS,
        amount: { seconds: MINUTES * 60 },
        requests: { kind: 'deliveries', firstUser: 3_000_000_000 },
      })
      sampling.abort()
      await sampled
      // A whole minute: single samples depend on when memory was last given back.
      const minutes = Array.from({ length: MINUTES }, (_, minute) =>
        median(samples.filter(({ second }) => Math.floor(second / 60) === minute).map(({ mib }) => mib)),
      )
      const [, first = Number.NaN, ...later] = minutes
      const one: Figure = {
        ...WHAT,
        unit: 'MiB',
        product: spread(later),
        peer: spread([first]),
        ...judged(spread(later.map((mib) => mib / first)), atMost(1.1)),
        rounds: later.map((mib) => ({ product: { value: mib }, against: { value: first } })),
        remarks: [
          `${load.requests.toLocaleString('en-US')} deliveries at ${Math.round(load.perSecond)}/s; the median of each minute: ${minutes.map(Math.round).join(', ')} MiB`,
        ],
      }
      return [one]
    } finally {
      sampling.abort()
      await service.stop()
    }
  },
}
