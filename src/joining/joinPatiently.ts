import { setTimeout as delay } from 'node:timers/promises'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import type { Logger } from '../log/log.ts'
import { type Joining, joinLog } from './joinLog.ts'
import { LogRefused } from './refusal.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 2000

/** Joins the log of a server, however long that gives no answer; `null` once `signal` aborts. Throws `LogRefused` alone. */
export const joinPatiently = async (
  joining: Joining,
  log: Logger,
  signal: AbortSignal,
): Promise<LogIdentity | null> => {
  let told = ''
  for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await joinLog(joining, log)
    } catch (error) {
      if (error instanceof LogRefused) throw error
      const reason = error instanceof Error ? error.message : String(error)
      if (reason !== told && !signal.aborted)
        log.warn({ reason }, 'the event log cannot be joined yet; it is tried again')
      told = reason
      await delay(pause, undefined, { signal }).catch(() => undefined)
    }
  }
  return null
}
