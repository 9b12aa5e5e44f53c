import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type CatchUp, startCatchUp } from '../catchUp.ts'
import { deliver, deliverToPeer, deliverToService, TRIAL, WARM_UP } from '../ingest.ts'
import { atLeast, atMost, type Figure, figure, NO_TARGET, noted, type Scale } from '../measurement.ts'
import { newDirectory, removeDirectory, startedServers } from '../processes.ts'
import { interleave, median, type Round, type Side } from '../rounds.ts'
import { type Service, startBareExpress } from '../service.ts'
import { expectSameAnswers } from '../steps/once/rightAnswers.ts'
import { FLAGS, startOnce, startStep } from '../steps/startStep.ts'
import type { Sides } from './sides.ts'

const CONNECTIONS = 50

const noteOf = (name: string) => (side: Side) => ({ value: side.notes?.[name] ?? Number.NaN })
/** Microseconds of a processor that a delivery costs the process, user and system, of all threads. */
const costOf = (side: Side): Side => ({ value: noteOf('main')(side).value + noteOf('others')(side).value })

/** Seconds of its thread that the projection takes for a log from nothing, two thousand events to a transaction: nowhere is it faster. */
const projected = async (events: string): Promise<number> => {
  const directory = newDirectory()
  const job: CatchUp = { how: 'projection', events, readModel: join(directory, 'read-model.db'), threads: 0 }
  const { own } = await startCatchUp(job, { nodeOptions: FLAGS })
  removeDirectory(directory)
  return own
}

/** Microseconds that the processors have for a delivery at so many a second if none ever stands idle, what the load takes of them not counted. */
const leftAt = (perSecond: number, { notes }: Side): number =>
  (availableParallelism() * 1e6) / perSecond - (notes?.['load'] ?? 0)

/** How many a second the processors could take of what one costs so much, the load beside it, if none ever stood idle. */
const mostAt = (side: Side): number =>
  (availableParallelism() * 1e6) / (costOf(side).value + (side.notes?.['load'] ?? 0))

/** Deliveries to both, to this one with everything on, and to the bare route; and what they have to cost at least. */
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
    const least = await started(startStep('kept'))
    const appended = await started(startStep('appended'))
    const once = await started(startOnce('together'))
    const onceEach = await started(startOnce('each'))
    await expectSameAnswers(services.here, once)
    const warmUp = quick ? TRIAL : WARM_UP
    const amountFor = async (url: string): Promise<number> =>
      Math.max(CONNECTIONS, Math.ceil((await deliver(url, warmUp)).value * seconds))
    const amounts = {
      bare: await amountFor(bare.url),
      least: await amountFor(least.url),
      appended: await amountFor(appended.url),
      once: await amountFor(once.url),
      onceEach: await amountFor(onceEach.url),
      here: await amountFor(services.here.url),
      there: await amountFor(services.there.url),
      whole: await amountFor(services.whole.url),
    }
    for (const service of Object.values(services)) await service.idle()
    const to = (service: Service, amount: number) => () => deliverToService(service, amount)
    const results = await interleave<'here' | 'there' | 'whole' | 'bare' | 'least' | 'appended' | 'once' | 'onceEach'>(
      rounds,
      {
        here: to(services.here, amounts.here),
        there: to(services.there, amounts.there),
        whole: to(services.whole, amounts.whole),
        bare: () => deliver(bare.url, amounts.bare),
        least: () => deliverToPeer(least, amounts.least),
        appended: () => deliverToPeer(appended, amounts.appended),
        once: () => deliverToPeer(once, amounts.once),
        onceEach: () => deliverToPeer(onceEach, amounts.onceEach),
      },
    )
    const projections: number[] = []
    for (let round = 0; round < rounds; round++) projections.push(await projected(services.here.directory))
    const projection = (median(projections) / (warmUp + rounds * amounts.here)) * 1e6
    const pairs = (
      product: 'here' | 'whole' | 'least' | 'appended' | 'once' | 'onceEach',
      peer: 'there' | 'here' | 'bare',
      of: (side: Side) => Side = (side) => side,
    ): readonly Round[] => results.map((result) => ({ product: of(result[product]), against: of(result[peer]) }))
    /** What it costs to take a delivery in this way, and to project it at the fastest: nothing of either is known to be done in less. */
    const withProjection = (name: 'least' | 'appended'): readonly Round[] =>
      results.map((result) => ({
        product: { value: costOf(result[name]).value + projection },
        against: costOf(result.there),
      }))
    const left = (pace: (result: (typeof results)[number]) => number): number =>
      Math.round(median(results.map((result) => leftAt(pace(result), result.here))))
    const split = (name: 'here' | 'there' | 'whole' | 'least' | 'appended' | 'once'): string => {
      const sides = results.map((result) => result[name])
      return `${name} ${Math.round(noted(sides, 'main'))} + ${Math.round(noted(sides, 'others'))}`
    }
    /** What stands beside the target of processor time: that of other ways, against the same. */
    const shown = (what: string, rounds: readonly Round[], notes: readonly string[] = []): Figure =>
      figure({ what, against: commit, unit: 'µs' }, rounds, NO_TARGET, notes)
    return [
      figure(
        { what: 'processor time of a delivery', against: commit, unit: 'µs' },
        pairs('here', 'there', costOf),
        atMost(0.6),
        [
          `of the main thread and of the others: ${(['here', 'there', 'whole', 'least', 'appended', 'once'] as const).map(split).join(', ')}`,
        ],
      ),
      shown('the least: verified, its text fsynced, no more', pairs('least', 'there', costOf)),
      shown('the least, and projected as when catching up', withProjection('least'), [
        `of that the projection, of its thread alone: ${Math.round(projection)} µs a delivery`,
      ]),
      shown('understood and appended to the log, nothing else', pairs('appended', 'there', costOf)),
      shown('the same, and projected as when catching up', withProjection('appended'), [
        'the parts of this service without anything beside them, each where it is fastest',
      ]),
      shown(
        'all that the service does of a delivery, in one thread, nothing of it twice',
        pairs('once', 'there', costOf),
        [
          'parts of this service, no message between threads, nothing read, hashed or understood again; a commit holds what a turn brought',
        ],
      ),
      shown('the same, a row for each event instead of one each 100 ms', pairs('onceEach', 'there', costOf)),
      figure({ what: 'ingest', against: commit, unit: '/s' }, pairs('here', 'there'), atLeast(1.6), [
        `at 1.6 of that there would be ${left(({ there }) => 1.6 * there.value)} µs for a delivery, of all processors, if none ever stood idle`,
      ]),
      figure({ what: 'one thread, nothing twice', against: commit, unit: '/s' }, pairs('once', 'there'), NO_TARGET, [
        `its processor time alone would leave room for ${Math.round(median(results.map((result) => mostAt(result.once))))} /s, if no processor ever stood idle`,
      ]),
      figure({ what: 'ingest', against: 'bare Express 5, raw body', unit: '/s' }, pairs('here', 'bare'), atLeast(0.5), [
        `at 0.5 of that there would be ${left((result) => 0.5 * result.bare.value)} µs for a delivery, of all processors, if none ever stood idle`,
      ]),
      figure({ what: 'the least', against: 'bare Express 5, raw body', unit: '/s' }, pairs('least', 'bare'), NO_TARGET),
      figure(
        { what: 'one thread, nothing twice', against: 'bare Express 5, raw body', unit: '/s' },
        pairs('once', 'bare'),
        NO_TARGET,
      ),
      figure(
        { what: 'understood and appended to the log, nothing else', against: 'bare Express 5, raw body', unit: '/s' },
        pairs('appended', 'bare'),
        NO_TARGET,
      ),
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
