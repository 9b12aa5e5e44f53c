import { createRequire } from 'node:module'
import pino, { type Logger } from 'pino'
import type * as Pretty from 'pino-pretty'
import type { LogLevel } from '../config/config.ts'
import { outputTo } from './output.ts'

export type { Logger }

export interface Log {
  readonly logger: Logger
  /** How many lines have been dropped since the start. */
  readonly dropped: () => number
  /** Resolves once every line has left the process, at the latest after so long. */
  readonly flushed: (withinMs: number) => Promise<void>
}

/** Makes lines readable. Loaded for a terminal alone. */
const readable = (): ((line: string) => string) => {
  const { prettyFactory } = createRequire(import.meta.url)('pino-pretty') as typeof Pretty
  return prettyFactory({ ignore: 'pid,hostname' })
}

/**
 * JSON lines on standard output; readable text on a terminal. No line holds a name, an address or a body; it may hold the
 * id of a user, in a stream's name. A line that cannot be written (a full disk behind a redirected output, a pipe that
 * nobody reads) is dropped, counted, and told of once lines are read again: the log is not worth the service. `onEachLine`: what
 * stands on each line beside what it says.
 */
export const openLog = (level: LogLevel, onEachLine: (() => object) | null = null): Log => {
  const { stdout } = process
  const readAgain = (dropped: number): void =>
    logger.warn({ dropped }, 'lines of the log were dropped: nobody read them')
  const output = outputTo(stdout, readAgain)
  const format = stdout.isTTY ? readable() : (line: string) => line
  const logger: Logger = pino(
    { level, ...(onEachLine === null ? {} : { mixin: onEachLine }) },
    { write: (line: string) => output.write(format(line)) },
  )
  return { logger, dropped: output.dropped, flushed: output.flushed }
}
