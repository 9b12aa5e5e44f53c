import type { Logger } from '../log/log.ts'
import type { Readiness } from './readiness.ts'

const LOOK_EVERY_MS = 500
/** A reason of which nothing but numbers has changed, as of a clock that comes nearer second by second, is told again after so long. */
const AGAIN_MS = 60_000

const withoutNumbers = (text: string): string => text.replaceAll(/\d+/g, '#')

/** Writes a line to the log whenever the service becomes ready or ceases to be, and why. Gives the end of it. */
export const tellReadiness = (
  readiness: () => Readiness,
  faults: () => readonly string[],
  log: Logger,
): (() => void) => {
  let told = { text: '', at: Number.NEGATIVE_INFINITY }
  let wasReady = false
  const look = (): void => {
    const { ready, eventStore, journal, readModel } = readiness()
    const reasons = faults()
    const now = [
      `${ready ? 'ready' : 'not ready'}: event store ${eventStore}, journal ${journal}, read model ${readModel}`,
      ...reasons,
    ].join('; ')
    const level = reasons.length > 0 ? (ready ? 'warn' : 'error') : wasReady && !ready ? 'warn' : 'info'
    const at = performance.now()
    const isAnother = withoutNumbers(now) !== withoutNumbers(told.text)
    if (isAnother || (now !== told.text && at - told.at >= AGAIN_MS)) {
      log[level]({ ready, eventStore, journal, readModel }, now)
      told = { text: now, at }
    }
    wasReady ||= ready
  }
  const looking = setInterval(look, LOOK_EVERY_MS).unref()
  return () => clearInterval(looking)
}
