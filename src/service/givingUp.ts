import { inWords } from '../files/whyNot.ts'
import type { Logger } from '../log/log.ts'

/** Ends the process over an error that says what to do. */
export const giveUp =
  (log: Logger) =>
  (error: unknown): never => {
    log.fatal(inWords(error))
    process.exit(1)
  }

/** What was read of the log before decides on duplicates: only a new process remembers nothing of it. */
export const giveUpReplacedLog = (log: Logger) => (): never =>
  giveUp(log)('the event log was replaced while the service ran: it ends, and has to be started anew')
