import pino, { type Logger } from 'pino'
import pretty from 'pino-pretty'
import type { LogLevel } from './config.ts'

export type { Logger }

/** JSON lines on standard output; readable text on a terminal. No line holds personal data or a body. */
export const openLog = (level: LogLevel): Logger =>
  process.stdout.isTTY ? pino({ level }, pretty({ ignore: 'pid,hostname', sync: true })) : pino({ level })
