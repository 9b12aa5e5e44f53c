import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { NO_CORRECTIONS } from '../domain/event/receiptCorrection.ts'
import type { UserId } from '../domain/identifiers.ts'
import type { Position } from '../src/eventStore/recordedEvent.ts'
import type { KeptRun } from '../src/readModel/database/readingTables.ts'
import { openReadModelWriter } from '../src/readModel/database/writer.ts'
import { keptReader } from '../src/readModel/keptReader.ts'
import { linesOf } from './historyText.ts'

/** Keeps the lines of users' histories ready, in runs of so many, as the read model keeps what their events say, and prints what that costs. */
export interface ReadyLinesJob {
  /** The read model that keeps what their events say, beside its log. */
  readonly readModel: string
  readonly firstUser: number
  readonly users: number
  readonly eventsEach: number
  readonly inARun: number
  /** Where the lines are kept; it is not there yet. */
  readonly file: string
}

/** Of an event: microseconds of processors, bytes on disk. */
export interface ReadyLines {
  /** To fold it in the order of arrival and write its line, in memory. */
  readonly making: number
  /** To put lines that are made into the file, in transactions as large as those from zero, and as those of the projection while deliveries come. */
  readonly writing: number
  readonly live: number
  readonly bytes: number
  /** What is kept of it today, and the log. */
  readonly today: number
  readonly log: number
}

const FROM_ZERO = 4000
const LIVE = 400

const { readModel, firstUser, users, eventsEach, inARun, file } = JSON.parse(process.argv[2] ?? '') as ReadyLinesJob
const events = users * eventsEach

const shuffled = <A>(all: readonly A[]): A[] =>
  all
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value)

const microseconds = (work: () => void): number => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

const reader = keptReader()
const kept: { readonly userId: UserId; readonly runs: readonly KeptRun[] }[] = []
const runsOf = (lines: readonly string[]): readonly KeptRun[] =>
  Array.from({ length: Math.ceil(lines.length / inARun) }, (_, run) => {
    const some = lines.slice(run * inARun, (run + 1) * inARun)
    return { first: run * inARun, next: run * inARun + some.length, body: some.join() }
  })
let making = 0
for (const isCounted of [false, true]) {
  for (let user = firstUser; user < firstUser + users; user++) {
    const userId = `${user}` as UserId
    const readings = reader.of({ file: readModel, starts: 0 }, userId, eventsEach - 1, NO_CORRECTIONS)
    if (readings.length !== eventsEach) throw new Error(`of ${userId} ${readings.length} events are kept`)
    let runs: readonly KeptRun[] = []
    const took = microseconds(() => {
      runs = runsOf(linesOf(userId, readings))
    })
    // Once before, for V8.
    if (!isCounted) continue
    making += took / events
    kept.push({ userId, runs })
  }
}
reader.close()

/** Puts them in that order, so many events to a transaction. */
const write = (into: string, puts: typeof kept, atOnce: number): number => {
  const model = openReadModelWriter(into)
  const took = microseconds(() => {
    let waiting = 0
    model.begin()
    for (const { userId, runs } of puts) {
      model.putReadings(userId, runs)
      waiting += runs.reduce((sum, { first, next }) => sum + next - first, 0)
      if (waiting < atOnce) continue
      model.commit('' as Position, null)
      model.begin()
      waiting = 0
    }
    model.commit('' as Position, null)
  })
  model.close()
  return took / events
}

/** Whole users in an order of chance; while deliveries come a run at a time, of another user than the one before. */
const byChance = shuffled(kept)
const runByRun = Array.from({ length: Math.ceil(eventsEach / inARun) }, (_, run) =>
  shuffled(kept).map(({ userId, runs }) => ({ userId, runs: runs.slice(run, run + 1) })),
).flat()

/** What the table takes, with its index. */
const takenBy = (name: string): { readonly bytes: number; readonly events: number } => {
  const db = new Database(name, { readonly: true })
  const one = (sql: string): number => db.prepare<[], number>(sql).pluck().get() ?? Number.NaN
  const bytes = one("SELECT sum(pgsize) FROM dbstat WHERE name IN ('reading', 'sqlite_autoindex_reading_1')")
  const of = one('SELECT sum(next - first) FROM reading')
  db.close()
  return { bytes, events: of }
}

const writing = write(file, byChance, FROM_ZERO)
const live = write(`${file}.live`, runByRun, LIVE)
const [ready, today] = [takenBy(file), takenBy(readModel)]
const result: ReadyLines = {
  making,
  writing,
  live,
  bytes: ready.bytes / ready.events,
  today: today.bytes / today.events,
  log: statSync(join(dirname(readModel), 'events.db')).size / today.events,
}
console.log(JSON.stringify(result))
