import { setTimeout as delay } from 'node:timers/promises'
import { areErasuresUnreadable } from '../ledger/erasures.ts'
import type { Logger } from '../log/log.ts'
import type { KnownErasures } from './knownErasures.ts'

const AGAIN_MS = 1000

/** Hears what the log says of erasures, also where that is out of reach for a while; until `signal` aborts. Says once why it waits. Rejects where they
 * are understood by nobody here. */
export const hearErasuresPatiently = async (
  { readOn }: Pick<KnownErasures, 'readOn'>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> => {
  for (let told = false; !signal.aborted; ) {
    try {
      return await readOn()
    } catch (error) {
      if (areErasuresUnreadable(error)) throw error
      const reason = error instanceof Error ? error.message : String(error)
      if (!told) log.warn({ reason }, 'what was erased cannot be read: it is tried again')
      told = true
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}
