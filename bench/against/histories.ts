import { join } from 'node:path'
import { currentReadModel } from '../../src/readModel/file.ts'
import { type CatchUp, startCatchUp } from '../catchUp.ts'
import type { LeastHistoryJob } from '../leastHistory.ts'
import { type Figure, figure, NO_TARGET } from '../measurement.ts'
import { newDirectory, removeDirectory, runScript, startedServers } from '../processes.ts'
import type { ReadyLines, ReadyLinesJob } from '../readyLines.ts'
import { interleave, type Side } from '../rounds.ts'
import { type Service, startBareExpress, startLeastHistory } from '../service.ts'
import { ask, type Kind, most, pacesOf, pairsOf, partOf, type Some, split, warmUp } from './asked.ts'

/** Each side is asked this often in a round, one after the other: what befalls the machine befalls all. */
const TURNS = 5
/** Lines of so many events are kept together. */
const RUNS = { row: 1, run: 32 } as const

const READY_LINES = new URL('../readyLines.ts', import.meta.url)

export interface Asked {
  readonly commit: string
  readonly kind: Kind
  readonly services: { readonly here: Service; readonly there: Service }
  /** The data of the service of this checkout, which is not told of anything meanwhile. */
  readonly directory: string
  readonly eventsEach: number
  /** Of the whole log. */
  readonly events: number
  readonly some: Some
  readonly others: Some
  readonly rounds: number
}

/** Turns of one side as one: each asked the same number of questions. */
const together = (sides: readonly Side[]): Side => ({
  value: sides.length / sides.reduce((seconds, { value }) => seconds + 1 / value, 0),
  notes: Object.fromEntries(
    ['main', 'others', 'load', 'all'].map((name) => [
      name,
      sides.reduce((sum, { notes }) => sum + (notes?.[name] ?? Number.NaN), 0) / sides.length,
    ]),
  ),
})

/** What lines that are ready cost: made and written, where their histories are read from. */
const keepLines = async ({ directory, eventsEach, some, others }: Asked, into: string) => {
  const readModel = currentReadModel(directory)
  const job = { readModel, firstUser: some.firstUser, users: some.users + others.users, eventsEach }
  const files = { row: join(into, 'row.db'), run: join(into, 'run.db') }
  const kept = async (name: keyof typeof RUNS): Promise<ReadyLines> =>
    runScript(READY_LINES, { ...job, inARun: RUNS[name], file: files[name] } satisfies ReadyLinesJob)
  return { files, row: await kept('row'), run: await kept('run') }
}

/** An event from zero, in one thread, nothing twice: µs of all threads. */
const fromZero = async ({ directory, events }: Asked, into: string): Promise<number> => {
  const job: CatchUp = { how: 'once', events: directory, readModel: join(into, 'made.db'), threads: 0 }
  return ((await startCatchUp(job)).all / events) * 1e6
}

type Lines = Awaited<ReturnType<typeof keepLines>>

/** What it would cost each event that a history is read and sent, and nothing of it made. */
const costOf = ({ row, run }: Lines, zero: number): readonly Figure[] => {
  const what = `with such lines, of ${RUNS.run} events together`
  const beside = (without: number, more: number) => [
    { product: { value: without + more }, against: { value: without } },
  ]
  const spent = ({ making, writing, live }: ReadyLines): string =>
    `${making.toFixed(1)} µs to make, ${writing.toFixed(1)} to write from zero, ${live.toFixed(1)} while deliveries come`
  return [
    figure(
      { what: `from zero in one thread, nothing twice, an event ${what}`, against: 'without', unit: 'µs' },
      beside(zero, run.making + run.writing),
      NO_TARGET,
      [`one round: ${spent(run)}; a row for each event: ${spent(row)}`],
    ),
    figure(
      { what: `on disk, log and what is kept of what it says, an event ${what}`, against: 'without', unit: 'bytes' },
      beside(run.log + run.today, run.bytes),
      NO_TARGET,
      [
        `lines ${Math.round(run.bytes)} bytes, a row for each event ${Math.round(row.bytes)}; what is kept today ${Math.round(run.today)}, the log ${Math.round(run.log)}`,
      ],
    ),
  ]
}

/** Histories of users of whom nobody has asked before, and what bounds them, asked by the same load in turns. */
export const histories = async (asked: Asked): Promise<readonly Figure[]> => {
  const { commit, kind, services, directory, eventsEach, some, others, rounds } = asked
  const { started, stop } = startedServers()
  const into = newDirectory()
  try {
    const lines = await keepLines(asked, into)
    const zero = await fromZero(asked, into)
    const textOf = async (url: string): Promise<string> =>
      (await fetch(`${url}/users/${others.firstUser}/kyc/history`)).text()
    const history = await textOf(services.here.url)
    const least = (how: LeastHistoryJob['how'], file: string) =>
      started(startLeastHistory({ how, file, eventsEach, user: others.firstUser }))
    const readModel = currentReadModel(directory)
    const servers = {
      ...services,
      kept: await least('kept', readModel),
      run: await least('ready', lines.files.run),
      row: await least('ready', lines.files.row),
      constant: await least('constant', readModel),
      bare: await started(startBareExpress(JSON.stringify('x'.repeat(history.length - 2)))),
    }
    for (const name of ['kept', 'run', 'row', 'constant'] as const)
      if ((await textOf(servers[name].url)) !== history) throw new Error(`${name} does not answer as the service does`)
    type Name = keyof typeof servers
    const names = Object.keys(servers) as Name[]
    const blocks = { here: await warmUp(kind, servers.here, others), there: await warmUp(kind, servers.there, others) }
    for (const name of names.slice(2)) await warmUp(kind, servers[name], others)
    const turn = (name: Name) => (of: number) => ask(kind, servers[name], partOf(some, rounds * TURNS, of), others)
    const turns = await interleave(
      rounds * TURNS,
      Object.fromEntries(names.map((name) => [name, turn(name)])) as Record<Name, ReturnType<typeof turn>>,
    )
    const results = Array.from({ length: rounds }, (_, round) => {
      const own = turns.slice(round * TURNS, (round + 1) * TURNS)
      return Object.fromEntries(names.map((name) => [name, together(own.map((result) => result[name]))])) as Record<
        Name,
        Side
      >
    })
    const pairs = pairsOf(results)
    const bound = (name: Name, what: string): readonly Figure[] => [
      figure({ what, against: commit, unit: '/s' }, pairs(name, 'there'), NO_TARGET, [
        `µs of the main thread and of the others: ${split(name, results)}`,
      ]),
      figure(
        { what: 'the same, if no processor ever stood idle', against: commit, unit: '/s' },
        pairs(name, 'there', most),
        NO_TARGET,
      ),
    ]
    const users = `${some.users.toLocaleString('en-US')} users with ${eventsEach} events, each asked about for the first time`
    return [
      ...pacesOf({ commit, kind, what: `history of ${users}`, results, blocks }),
      ...bound(
        'kept',
        'such a history by what is kept: read, checked, parsed, folded, written, sent by node:http in one thread, no more',
      ),
      ...bound(
        'run',
        `such a history of lines that are kept ready, ${RUNS.run} events together: read, checked, sent so`,
      ),
      ...bound('row', 'the same, a row for each event'),
      ...costOf(lines, zero),
      ...bound('constant', 'the bytes of such a history, ready in memory, sent by node:http'),
      ...bound('bare', 'as many bytes as such a history, a constant sent by bare Express 5'),
    ]
  } finally {
    await stop()
    removeDirectory(into)
  }
}
