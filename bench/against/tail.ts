import { runLoad } from '../load/load.ts'
import { atMost, type Figure, figure, NO_TARGET, type Scale } from '../measurement.ts'
import { type Beside, removeDirectory, type Server } from '../processes.ts'
import { percentile } from '../rounds.ts'
import { startOnce, startStep } from '../steps/startStep.ts'
import { type HeldUp, type Span, watching, within } from '../tail/heldUp.ts'
import type { Sides } from './sides.ts'

const CONNECTIONS = 50
/** Deliveries to each start before those that are measured, and those: enough that whole heaps fall into them, whichever is due when. */
const SCALES = { quick: { before: 3000, measured: 3000 }, full: { before: 20_000, measured: 40_000 } }
/** What is no service does not differ from start to start so much. */
const LIMIT_STARTS = 2
const USERS_PER_LOAD = 10_000_000
/** So much of its time holds a delivery up. */
const SHARE = 0.25

interface Start {
  readonly deliveries: readonly Span[]
  readonly heldUp: HeldUp
}

type Starting = (beside: Beside) => Promise<Server & { readonly directory?: string }>

let loads = 0
const ofNewUsers = () => ({ kind: 'deliveries', firstUser: 4_000_000_000 + USERS_PER_LOAD * loads++ }) as const

/** A process from its start, over some thousand deliveries once it is warm. */
const startOf = async (starting: Starting, { before, measured }: typeof SCALES.full): Promise<Start> => {
  const { beside, heldUp, end } = watching()
  const server = await starting(beside)
  try {
    const { each = [] } = await runLoad({
      url: server.url,
      connections: CONNECTIONS,
      amount: measured,
      requests: ofNewUsers(),
      before: { amount: before, requests: ofNewUsers() },
      each: true,
    })
    return { deliveries: each.map(([at, took]) => [at - took, at]), heldUp: heldUp() }
  } finally {
    await server.stop()
    if (server.directory !== undefined) removeDirectory(server.directory)
    end()
  }
}

const tookOf = ([sent, answered]: Span): number => answered - sent
const p99Of = (starts: readonly Start[]): number =>
  percentile(
    starts.flatMap(({ deliveries }) => deliveries.map(tookOf)),
    0.99,
  )

/** The first of these that fits. */
const CAUSES: readonly (readonly [string, (delivery: Span, heldUp: HeldUp) => boolean])[] = [
  ['the whole heap of main', (delivery, { whole }) => within(delivery, whole.main) > 0],
  ['that of another thread', (delivery, { whole }) => within(delivery, whole.others) > 0],
  ['commits of more than 4 ms', (delivery, { log }) => within(delivery, log) >= SHARE * tookOf(delivery)],
  ['young collections of main', (delivery, { young }) => within(delivery, young) >= SHARE * tookOf(delivery)],
]

/** What share of the slowest hundredth each cause has, and of all deliveries. */
const explained = (starts: readonly Start[]): string => {
  const slow = p99Of(starts)
  const all = starts.flatMap(({ deliveries, heldUp }) =>
    deliveries.map((delivery) => ({
      isSlow: tookOf(delivery) >= slow,
      cause: CAUSES.findIndex(([, fits]) => fits(delivery, heldUp)),
    })),
  )
  const slowest = all.filter(({ isSlow }) => isSlow)
  const shareOf = (some: typeof all, cause: number): string =>
    `${Math.round((some.filter((one) => one.cause === cause).length / some.length) * 100)} %`
  return CAUSES.map(([text], cause) => `${text} ${shareOf(slowest, cause)} (${shareOf(all, cause)})`).join(', ')
}

const wholeHeaps = (starts: readonly Start[]): string => {
  const each = (of: keyof HeldUp['whole']) => starts.map(({ heldUp }) => heldUp.whole[of].length).join(', ')
  return `whole heaps of main in each start ${each('main')}, of other threads ${each('others')}`
}

/** The slowest deliveries over several starts of each: what V8 makes of its memory is decided when a process starts, so that one start says little. */
export const tailAgainst = async (
  { commit, here, there }: Sides,
  { quick, rounds }: Scale,
): Promise<readonly Figure[]> => {
  const scale = quick ? SCALES.quick : SCALES.full
  const sides = {
    here: (beside) => here(undefined, beside),
    there: (beside) => there(undefined, beside),
    once: (beside) => startOnce('together', beside),
    least: (beside) => startStep('kept', beside),
  } satisfies Record<string, Starting>
  const starts: Record<keyof typeof sides, Start[]> = { here: [], there: [], once: [], least: [] }
  for (let round = 0; round < rounds; round++) {
    // Each has to begin as often as the other.
    for (const name of round % 2 === 0 ? (['here', 'there'] as const) : (['there', 'here'] as const))
      starts[name].push(await startOf(sides[name], scale))
    if (round >= LIMIT_STARTS) continue
    for (const name of ['once', 'least'] as const) starts[name].push(await startOf(sides[name], scale))
  }

  const about = (what: string) => ({ what, against: commit, unit: 'ms' })
  const together = (name: keyof typeof sides) => [
    { product: { value: p99Of(starts[name]) }, against: { value: p99Of(starts.there) } },
  ]
  const inTurn = starts.here.map((start, turn) => ({
    product: { value: p99Of([start]) },
    against: { value: p99Of(starts.there.slice(turn, turn + 1)) },
  }))
  const remarks = (name: keyof typeof sides, who: string): readonly string[] => [
    `${who}, of the slowest hundredth (of all): ${explained(starts[name])}; ${wholeHeaps(starts[name])}`,
  ]
  const limit = (name: 'once' | 'least', what: string): Figure =>
    figure(about(`${what}, p99 of ${starts[name].length} starts`), together(name), NO_TARGET, remarks(name, 'of it'))
  return [
    figure(about(`ingest, p99 of ${rounds} starts together`), together('here'), atMost(1), [
      `of each start ${scale.measured} deliveries after ${scale.before}, the percentile over all of them`,
      ...remarks('here', 'here'),
      ...remarks('there', commit),
    ]),
    figure(about('the same, of each pair of starts'), inTurn, NO_TARGET),
    limit('once', 'one thread, nothing twice'),
    limit('least', 'the least: verified, fsynced, no more'),
  ]
}
