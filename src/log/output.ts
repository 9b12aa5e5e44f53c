import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { WriteStream } from 'node:tty'
import pino from 'pino'

/** So much may wait for whoever reads the log, or while the disk of a file is full, in bytes. */
const MOST_WAITING_BYTES = 1024 * 1024

/** Where the lines of the log go. */
interface LogOutput {
  /** Never waits and never throws: a line that there is no room for is dropped. */
  readonly write: (line: string) => void
  /** How many lines have been dropped since the start. */
  readonly dropped: () => number
  /** Resolves once all that was written has left the process, at the latest after so long. */
  readonly flushed: (withinMs: number) => Promise<void>
}

/**
 * Lines for a pipe, a socket or a terminal, which someone has to read: what nobody reads waits, up to a bound, and
 * nothing waits for it. `readAgain` is told how many lines were dropped once everything that waited has been read.
 */
const boundedOutput = (out: Writable, readAgain: (dropped: number) => void): LogOutput => {
  let dropped = 0
  let told = 0
  // A reader that has gone away (EPIPE) does not come back.
  out.on('error', () => undefined)
  out.on('drain', () => {
    if (dropped === told) return
    const untold = dropped - told
    told = dropped
    readAgain(untold)
  })
  return {
    write: (line) => {
      if (out.destroyed || out.writableLength > MOST_WAITING_BYTES) dropped += 1
      else out.write(line)
    },
    dropped: () => dropped,
    flushed: async (withinMs) => {
      if (out.destroyed || out.writableLength === 0) return
      await new Promise<void>((resolve) => {
        const givingUp = setTimeout(resolve, withinMs)
        out.write('', () => {
          clearTimeout(givingUp)
          resolve()
        })
      })
    },
  }
}

/** A file takes a line at once or not at all. */
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

/** Lines for the standard output of the process, whatever that is. `readAgain` is told as by `boundedOutput`. */
export const outputTo = (stdout: NodeJS.WriteStream, readAgain: (dropped: number) => void): LogOutput => {
  if (stdout instanceof WriteStream) neverWait(stdout)
  return stdout instanceof Socket ? boundedOutput(stdout, readAgain) : fileOutput()
}
