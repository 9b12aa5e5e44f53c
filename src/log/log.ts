import { Socket } from 'node:net'
import { WriteStream } from 'node:tty'
import pino, { type Logger } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { LogLevel } from '../config/config.ts'
import { boundedOutput, type LogOutput } from './output.ts'

export type { Logger }

export interface Log {
  readonly logger: Logger
  /** How many lines have been dropped since the start. */
  readonly dropped: () => number
  /** Resolves once every line has left the process, at the latest after so long. */
  readonly flushed: (withinMs: number) => Promise<void>
}

/** A file takes a line at once or not at all; so much may wait while its disk is full, in bytes. */
const MOST_WAITING_BYTES = 1024 * 1024

const fileOutput = (): LogOutput => {
  const out = pino.destination({ dest: 1, sync: true, maxLength: MOST_WAITING_BYTES })
  let dropped = 0
  out.on('error', () => undefined)
  out.on('drop', () => {
    dropped += 1
  })
  return { write: (line) => void out.write(line), dropped: () => dropped, flushed: async () => undefined }
}

/** Node waits for a terminal, which Ctrl-S or a lost connection stops. The handle's method is not in its documentation. */
const neverWait = (out: WriteStream): void => {
  const { _handle } = out as unknown as { readonly _handle?: { readonly setBlocking?: (blocking: boolean) => unknown } }
  _handle?.setBlocking?.(false)
}

/**
 * JSON lines on standard output; readable text on a terminal. No line holds a name, an address or a body; it may hold the
 * id of a user, in a stream's name. A line that cannot be written (a full disk behind a redirected output, a pipe that
 * nobody reads) is dropped, counted, and told of once lines are read again: the log is not worth the service.
 */
export const openLog = (level: LogLevel): Log => {
  const { stdout } = process
  const readAgain = (dropped: number): void =>
    logger.warn({ dropped }, 'lines of the log were dropped: nobody read them')
  if (stdout instanceof WriteStream) neverWait(stdout)
  const output = stdout instanceof Socket ? boundedOutput(stdout, readAgain) : fileOutput()
  const readable = prettyFactory({ ignore: 'pid,hostname' })
  const logger: Logger = pino(
    { level },
    { write: stdout.isTTY ? (line: string) => output.write(readable(line)) : output.write },
  )
  return { logger, dropped: output.dropped, flushed: output.flushed }
}
