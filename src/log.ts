import pino, { type Logger } from 'pino'
import pretty from 'pino-pretty'
import type { LogLevel } from './config.ts'

export type { Logger }

/**
 * JSON lines on standard output; readable text on a terminal. No line holds a name, an address or a body; it may hold the id of a user, in a stream's name. A line that cannot
 * be written (a full disk behind a redirected output) is dropped: the log is not worth the service.
 */
export const openLog = (level: LogLevel): Logger => {
  const out = process.stdout.isTTY
    ? pretty({ ignore: 'pid,hostname', sync: true })
    : pino.destination({ dest: 1, sync: true })
  out.on('error', () => undefined)
  return pino({ level }, out)
}
