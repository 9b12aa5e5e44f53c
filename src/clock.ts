import { fromMilliseconds, type Instant } from '../domain/instant.ts'

/** Tells the time; the only source of it in the service. */
export type Clock = () => Instant

export const systemClock: Clock = () => fromMilliseconds(Date.now())
