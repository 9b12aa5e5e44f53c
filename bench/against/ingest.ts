import { deliver, deliverToService } from '../ingest.ts'
import { atLeast, atMost, type Figure, figure, NO_TARGET, noted, type Scale } from '../measurement.ts'
import { startedServers } from '../processes.ts'
import { interleave, type Round, type Side } from '../rounds.ts'
import { type Service, startBareExpress } from '../service.ts'
import type { Sides } from './sides.ts'

/** Each side has answered so many before the first round, where a figure is to be kept. */
const WARM_UP = 15_000
const TRIAL = 3000
const CONNECTIONS = 50

const noteOf = (name: string) => (side: Side) => ({ value: side.notes?.[name] ?? Number.NaN })
/** Microseconds of a processor that a delivery costs the process, user and system, of all threads. */
const costOf = (side: Side): Side => ({ value: noteOf('main')(side).value + noteOf('others')(side).value })

/** Deliveries to both, to this one with everything on, and to the bare route. */
export const ingestAgainst = async (
  { commit, here, there, whole }: Sides,
  { quick, rounds, seconds }: Scale,
): Promise<readonly Figure[]> => {
  const { started, stop } = startedServers()
  try {
    const services = {
      here: await started(here()),
      there: await started(there()),
      whole: await started(whole()),
    }
    const bare = await started(startBareExpress())
    const amountFor = async (url: string): Promise<number> =>
      Math.max(CONNECTIONS, Math.ceil((await deliver(url, quick ? TRIAL : WARM_UP)).value * seconds))
    const amounts = {
      bare: await amountFor(bare.url),
      here: await amountFor(services.here.url),
      there: await amountFor(services.there.url),
      whole: await amountFor(services.whole.url),
    }
    for (const service of Object.values(services)) await service.idle()
    const to = (service: Service, amount: number) => () => deliverToService(service, amount)
    const results = await interleave<'here' | 'there' | 'whole' | 'bare'>(rounds, {
      here: to(services.here, amounts.here),
      there: to(services.there, amounts.there),
      whole: to(services.whole, amounts.whole),
      bare: () => deliver(bare.url, amounts.bare),
    })
    const pairs = (
      product: 'here' | 'whole',
      peer: 'there' | 'here' | 'bare',
      of: (side: Side) => Side = (side) => side,
    ): readonly Round[] => results.map((result) => ({ product: of(result[product]), against: of(result[peer]) }))
    const split = (name: 'here' | 'there' | 'whole'): string => {
      const sides = results.map((result) => result[name])
      return `${name} ${Math.round(noted(sides, 'main'))} + ${Math.round(noted(sides, 'others'))}`
    }
    return [
      figure(
        { what: 'processor time of a delivery', against: commit, unit: 'µs' },
        pairs('here', 'there', costOf),
        atMost(0.6),
        [`of the main thread and of the others: ${split('here')}, ${split('there')}, ${split('whole')}`],
      ),
      figure({ what: 'ingest', against: commit, unit: '/s' }, pairs('here', 'there'), atLeast(1.6)),
      figure({ what: 'ingest, p99', against: commit, unit: 'ms' }, pairs('here', 'there', noteOf('p99')), atMost(1)),
      figure({ what: 'ingest', against: 'bare Express 5, raw body', unit: '/s' }, pairs('here', 'bare'), atLeast(0.5)),
      figure(
        { what: 'processor time, everything on', against: 'what can be turned off is off', unit: 'µs' },
        pairs('whole', 'here', costOf),
        NO_TARGET,
      ),
      figure(
        { what: 'ingest, everything on', against: 'what can be turned off is off', unit: '/s' },
        pairs('whole', 'here'),
        NO_TARGET,
      ),
    ]
  } finally {
    await stop()
  }
}
