import { setTimeout as delay } from 'node:timers/promises'
import { runLoad } from './load/load.ts'
import { atMost, type Figure, type Measurement, notMeasured } from './measurement.ts'
import { residentMiB } from './processes.ts'
import { median, spread } from './rounds.ts'
import { startService } from './service.ts'

const CONNECTIONS = 50
const MINUTES = 5

const WHAT = { what: 'resident memory, 5 minutes of ingest', against: 'after the first minute', target: '<= 1.1' }

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
      // Around the end of a minute, and before the end: single samples depend on when memory was last given back.
      const around = (second: number): number[] =>
        samples.filter((one) => Math.abs(one.second - second) <= 15).map(({ mib }) => mib)
      const last = around(MINUTES * 60 - 15)
      const ratio = median(last) / median(around(60))
      const target = atMost(1.1)
      const one: Figure = {
        ...WHAT,
        unit: 'MiB',
        product: spread(last),
        peer: spread(around(60)),
        ratio: { median: ratio, min: ratio, max: ratio },
        met: target.met(ratio),
        remarks: [
          `${load.requests.toLocaleString('en-US')} deliveries at ${Math.round(load.perSecond)}/s; by minute: ${[
            60, 120, 180, 240, 285,
          ]
            .map((second) => Math.round(median(around(second))))
            .join(', ')} MiB`,
        ],
      }
      return [one]
    } finally {
      sampling.abort()
      await service.stop()
    }
  },
}
