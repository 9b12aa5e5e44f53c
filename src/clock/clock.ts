import { fromMilliseconds, type Instant } from '../../domain/instant.ts'

/** Tells the time; the only source of it in the service. */
export type Clock = () => Instant

let latest = 0

/** The system's time; it stands still where the system's clock is set back, so that what is recorded stays in order. */
export const systemClock: Clock = () => {
  latest = Math.max(latest, Date.now())
  return fromMilliseconds(latest)
}
