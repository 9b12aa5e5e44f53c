import type { Writable } from 'node:stream'

/** So much may wait for whoever reads the log, in bytes. */
const MOST_WAITING_BYTES = 1024 * 1024

/** Where the lines of the log go. */
export interface LogOutput {
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
export const boundedOutput = (out: Writable, readAgain: (dropped: number) => void): LogOutput => {
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
