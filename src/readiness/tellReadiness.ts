import type { Logger } from '../log/log.ts'
import type { Readiness } from './readiness.ts'

const LOOK_EVERY_MS = 500

/** Writes a line to the log whenever the service becomes ready or ceases to be, and why. Gives the end of it. */
export const tellReadiness = (
  readiness: () => Readiness,
  faults: () => readonly string[],
  log: Logger,
): (() => void) => {
  let last = ''
  let wasReady = false
  const look = (): void => {
    const { ready, eventStore, journal, readModel } = readiness()
    const reasons = faults()
    const now = [
      `${ready ? 'ready' : 'not ready'}: event store ${eventStore}, journal ${journal}, read model ${readModel}`,
      ...reasons,
    ].join('; ')
    const level = ready ? 'info' : reasons.length > 0 ? 'error' : wasReady ? 'warn' : 'info'
    if (now !== last) log[level]({ ready, eventStore, journal, readModel }, now)
    last = now
    wasReady ||= ready
  }
  const looking = setInterval(look, LOOK_EVERY_MS).unref()
  return () => clearInterval(looking)
}
