import { availableParallelism } from 'node:os'
import { type Block, type LoadJob, type LoadResult, runLoad } from '../load/load.ts'
import { atLeast, type Figure, figure, NO_TARGET, noted } from '../measurement.ts'
import type { Server } from '../processes.ts'
import type { Side } from '../rounds.ts'

/** What is asked of users' past, and how. */
export interface Kind {
  readonly query: string
  readonly connections: number
  /** So many questions before the first round, about users nobody measures; V8 compiles meanwhile. Of each `block` of these it is told what they cost. */
  readonly warmUp: number
  readonly block: number
  /** So many before each round, by the process that then asks. */
  readonly anew: number
}

/** Some of the users of the log. */
export interface Some {
  readonly firstUser: number
  readonly users: number
}

/** A part of them for each turn. */
export const partOf = ({ firstUser, users }: Some, turns: number, turn: number): Some => {
  const from = Math.floor((users * turn) / turns)
  return { firstUser: firstUser + from, users: Math.floor((users * (turn + 1)) / turns) - from }
}

export const readsOf = ({ query }: Pick<Kind, 'query'>, some: Some): LoadJob['requests'] => ({
  kind: 'reads',
  ...some,
  query,
  once: true,
})

const sideOf = ({ perSecond, cpu, answering }: LoadResult): Side => ({
  value: perSecond,
  notes: { ...answering, load: cpu, all: answering.main + answering.others },
})

/** Asks about each of `some` once, and before about `others`. */
export const ask = async (kind: Kind, { url, pid }: Server, some: Some, others: Some): Promise<Side> =>
  sideOf(
    await runLoad({
      url,
      answeredBy: pid,
      connections: kind.connections,
      amount: some.users,
      before: { amount: kind.anew, requests: readsOf(kind, others) },
      requests: readsOf(kind, some),
    }),
  )

export const warmUp = async (kind: Kind, { url, pid }: Server, others: Some): Promise<readonly Block[]> => {
  const { connections, warmUp: amount, block } = kind
  return (await runLoad({ url, answeredBy: pid, connections, amount, block, requests: readsOf(kind, others) })).blocks
}

/** What a question costs all threads. */
const cost = ({ notes }: Side): number => notes?.['all'] ?? Number.NaN

/** A second, if neither who answers nor who asks ever left one of the processors idle. */
export const most = (side: Side): number => (availableParallelism() * 1e6) / (cost(side) + (side.notes?.['load'] ?? 0))

/** Both sides of each round, by a figure that each has. */
export const pairsOf =
  <Name extends string>(results: readonly Readonly<Record<Name, Side>>[]) =>
  (product: Name, against: Name, value: (side: Side) => number = (side) => side.value) =>
    results.map((result) => ({
      product: { ...result[product], value: value(result[product]) },
      against: { ...result[against], value: value(result[against]) },
    }))

/** What a question costs one side, and what of the processors is at work meanwhile. */
export const split = <Name extends string>(name: Name, results: readonly Readonly<Record<Name, Side>>[]): string => {
  const sides = results.map((result) => result[name])
  const [main, other, load] = ['main', 'others', 'load'].map((note) => Math.round(noted(sides, note)))
  return `${name} ${main} + ${other}, who asks ${load}`
}

interface Paces {
  readonly commit: string
  readonly kind: Kind
  readonly what: string
  readonly results: readonly Readonly<Record<'here' | 'there', Side>>[]
  /** While V8 compiled. */
  readonly blocks: Readonly<Record<'here' | 'there', readonly Block[]>>
}

/** How many questions a second are answered, and what one costs. */
export const pacesOf = ({ commit, kind, what, results, blocks }: Paces): readonly Figure[] => {
  const pairs = pairsOf(results)
  const warming = (name: 'here' | 'there'): string =>
    `${name} ${blocks[name].map(({ answering: { main, others } }) => Math.round(main + others)).join(', ')}`
  return [
    figure({ what, against: commit, unit: '/s' }, pairs('here', 'there'), atLeast(5)),
    figure(
      { what: 'the same, if no processor ever stood idle', against: commit, unit: '/s' },
      pairs('here', 'there', most),
      NO_TARGET,
    ),
    figure(
      { what: 'processor time of such a question, all threads', against: commit, unit: 'µs' },
      pairs('here', 'there', cost),
      NO_TARGET,
      [
        `of the main thread and of the others: ${split('here', results)}; ${split('there', results)}`,
        `of each ${kind.block} before the first round, while V8 compiled: ${warming('here')}; ${warming('there')}`,
      ],
    ),
  ]
}
