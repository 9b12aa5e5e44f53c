import { join } from 'node:path'
import { type CatchUp, startCatchUp } from '../catchUp.ts'
import { startHalves } from '../halves.ts'
import { type Figure, figure, NO_TARGET } from '../measurement.ts'
import { removeDirectory } from '../processes.ts'
import { median, type Side } from '../rounds.ts'

type How = 'fold' | 'once' | 'least'

/** Each event read once in one thread, see `catchUp.ts`: no second read, no service. */
const inOneThread = async (how: How, directory: string): Promise<Side> => {
  const job: CatchUp = { how, events: directory, readModel: join(directory, 'made.db'), threads: 0 }
  const { seconds, all } = await startCatchUp(job)
  removeDirectory(directory)
  return { value: seconds, notes: { cpu: all } }
}

/** By two processes at once, see `halves.ts`, from the start of the first to its end. */
const inHalves = async (directory: string): Promise<Side> => {
  const began = performance.now()
  const { cpu } = await startHalves({ events: directory, isSecond: false })
  const seconds = (performance.now() - began) / 1000
  removeDirectory(directory)
  return { value: seconds, notes: { cpu } }
}

/** What a read model from zero costs at least, by parts of the service; each over a log of its own. */
export const boundRuns = (copy: () => string) => ({
  fold: () => inOneThread('fold', copy()),
  once: () => inOneThread('once', copy()),
  least: () => inOneThread('least', copy()),
  halves: () => inHalves(copy()),
})

type Bounds = Readonly<Record<How | 'halves' | 'empty' | 'there', Side>>

const secondsOf = ({ notes }: Side): number => notes?.['cpu'] ?? Number.NaN

export const boundFigures = (commit: string, events: number, results: readonly Bounds[]): readonly Figure[] => {
  const costs = (how: How | 'halves', what: string, remarks: readonly string[]): Figure =>
    figure(
      { what: `${what}: processor time of an event`, against: commit, unit: 'µs' },
      results.map(({ [how]: one, there }) => ({
        product: { value: (secondsOf(one) / events) * 1e6 },
        against: { value: (secondsOf(there) / events) * 1e6 },
      })),
      NO_TARGET,
      remarks,
    )
  const pace = (what: string, seconds: (bounds: Bounds) => number, remarks: readonly string[] = []): Figure =>
    figure(
      { what, against: commit, unit: '/s' },
      results.map((bounds) => ({
        product: { value: events / seconds(bounds) },
        against: { value: events / bounds.there.value },
      })),
      NO_TARGET,
      remarks,
    )
  /** What it takes in one thread, and the pace if that were shared by two processors of which neither ever stood idle. */
  const alone = (how: How, what: string, remarks: readonly string[]): readonly Figure[] => [
    costs(how, what, remarks),
    pace('the same, if two processors shared it and none ever stood idle', ({ [how]: one }) => secondsOf(one) / 2),
  ]
  return [
    ...alone('fold', 'each event only decoded and folded, in one thread', [
      'no event is read a second time, no row is written, and nothing is started',
    ]),
    ...alone('once', 'the same, and its rows written, nothing twice', [
      'nothing crosses between threads, and what runs is compiled once; without service and start',
    ]),
    pace(
      'the same, and the start of a service that has nothing to do',
      ({ once, empty }) => (secondsOf(once) + empty.value / 1000) / 2,
      [`of the start ${Math.round(median(results.map(({ empty }) => empty.value)))} ms of a processor`],
    ),
    pace('the same by two processes at once, each for half of the users', ({ halves }) => halves.value, [
      'a file of rows each, nothing handed over; from the start of the first process until both have ended; without service',
    ]),
    costs('halves', 'the same', ['of both processes, their starts included']),
    ...alone('least', 'each event read, hashed and parsed, and rows written that are ready, in one thread', [
      'nothing is decoded and nothing folded: what the contract asks of anybody who writes these rows; without service and start',
    ]),
  ]
}
