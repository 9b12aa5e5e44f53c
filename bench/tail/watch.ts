import { appendFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { threadId } from 'node:worker_threads'
import type Sqlite from 'better-sqlite3'

/**
 * Loaded before all else by each thread of a process that is measured: of each of its collections, and of each statement that holds it up in a log, a line as
 * `heldUp.ts` reads it, into a file of the thread in the directory that `BENCH_WATCHED` names. A thread is ended without a word, so each is written at once.
 */
const file = join(process.env['BENCH_WATCHED'] ?? '.', String(threadId))
/** A commit that takes no longer is as commits are. */
const LONG_MS = 4
const LOGS = /(events|least)\.db$/

const write = (what: number | 'log', startTime: number, duration: number): void => {
  const began = performance.timeOrigin + startTime
  appendFileSync(file, `${JSON.stringify([what, began, began + duration])}\n`)
}

type Collection = PerformanceEntry & { readonly detail: { readonly kind: number } }
new PerformanceObserver((list) => {
  for (const { detail, startTime, duration } of list.getEntries() as Collection[])
    write(detail.kind, startTime, duration)
}).observe({ entryTypes: ['gc'] })

/** The method takes as long as before, and a look at the clock. */
const timed = <This, Args extends unknown[], A>(
  method: (this: This, ...args: Args) => A,
  fileOf: (that: This) => string,
): ((this: This, ...args: Args) => A) =>
  function (...args) {
    const began = performance.now()
    try {
      return method.apply(this, args)
    } finally {
      const took = performance.now() - began
      if (took > LONG_MS && LOGS.test(fileOf(this))) write('log', began, took)
    }
  }

// Those of the checkout that is measured, which is started in its folder.
const Database = createRequire(join(process.cwd(), 'package.json'))('better-sqlite3') as typeof Sqlite
const database = Database.prototype as Sqlite.Database
const memory = new Database(':memory:')
const statement = Object.getPrototypeOf(memory.prepare('SELECT 1')) as Sqlite.Statement
memory.close()
database.exec = timed(database.exec, (that: Sqlite.Database) => that.name)
statement.run = timed(statement.run, (that: Sqlite.Statement) => that.database.name)
