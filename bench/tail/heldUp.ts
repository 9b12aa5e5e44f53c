import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants } from 'node:perf_hooks'
import { type Beside, newDirectory, removeDirectory } from '../processes.ts'

/** From when to when, in milliseconds since 1970. */
export type Span = readonly [began: number, ended: number]

/** What may have held up a process. */
export interface HeldUp {
  /** Whole heaps of the main thread, and of others: since V8's threads began to mark. */
  readonly whole: { readonly main: readonly Span[]; readonly others: readonly Span[] }
  /** Collections of the young generation of the main thread, which stands still meanwhile. */
  readonly young: readonly Span[]
  /** Commits to the log, and what else it was told, that took more than 4 ms. */
  readonly log: readonly Span[]
}

const MAIN = '0'
const { NODE_PERFORMANCE_GC_MAJOR, NODE_PERFORMANCE_GC_MINOR, NODE_PERFORMANCE_GC_INCREMENTAL } = constants

type Line = readonly [what: number | 'log', began: number, ended: number]

const linesIn = (file: string): readonly Line[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)

const spansOf = (lines: readonly Line[], of: Line[0]): readonly Span[] =>
  lines.flatMap(([what, ...span]) => (what === of ? [span] : []))

/** V8 says that it begins to mark, and then that the collection is done. */
const wholeIn = (lines: readonly Line[]): readonly Span[] => {
  const spans: Span[] = []
  let marking: number | null = null
  for (const [what, began, ended] of lines) {
    if (what === NODE_PERFORMANCE_GC_INCREMENTAL) marking ??= began
    if (what !== NODE_PERFORMANCE_GC_MAJOR) continue
    spans.push([marking ?? began, ended])
    marking = null
  }
  return spans
}

interface Watching {
  readonly beside: Beside
  /** So far. */
  readonly heldUp: () => HeldUp
  readonly end: () => void
}

/** What a process is started with to be watched, and what held it up. */
export const watching = (): Watching => {
  const directory = newDirectory()
  return {
    beside: {
      nodeOptions: [`--import=${new URL('./watch.ts', import.meta.url).href}`],
      env: { BENCH_WATCHED: directory },
    },
    heldUp: () => {
      const threads = readdirSync(directory).map((name) => ({ name, lines: linesIn(join(directory, name)) }))
      const main = threads.flatMap(({ name, lines }) => (name === MAIN ? lines : []))
      const others = threads.flatMap(({ name, lines }) => (name === MAIN ? [] : [lines]))
      return {
        whole: { main: wholeIn(main), others: others.flatMap(wholeIn) },
        young: spansOf(main, NODE_PERFORMANCE_GC_MINOR),
        log: threads.flatMap(({ lines }) => spansOf(lines, 'log')),
      }
    },
    end: () => removeDirectory(directory),
  }
}

/** How many milliseconds of a time these take, none of which overlap. */
export const within = ([began, ended]: Span, spans: readonly Span[]): number =>
  spans.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, ended) - Math.max(from, began)), 0)
