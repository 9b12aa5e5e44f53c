import { GIVE_UP_MS, nextAttemptIn } from './schedule.ts'

/** Why nothing is sent to an endpoint until somebody switches it on again. */
export type Off = 'gone' | 'dead' | 'checkpoint-lost'

/** The same for a person. */
export const WHY_OFF: Readonly<Record<Off, string>> = {
  gone: 'it answered 410, and wants no more of them',
  dead: 'it took none for three days',
  'checkpoint-lost': 'it is not known what it was told; once it is switched on it is told of everybody',
}

/** It takes nothing now: one attempt at a time looks whether it does again. Times in milliseconds since 1970. */
export interface Down {
  readonly since: number
  /** Attempts that failed since then. */
  readonly attempts: number
  readonly triedAt: number
  /** When the next one is. */
  readonly probeAt: number
  /** No sooner, whatever else there is to send: it has asked for that. */
  readonly notBefore: number
}

/** How an endpoint stands. */
export interface Standing {
  /** When an attempt failed for the first time since the last success; `null`: the last one succeeded, or there was none. */
  readonly failingSince: number | null
  readonly deliveredAt: number | null
  readonly down: Down | null
  readonly off: { readonly reason: Off; readonly at: number } | null
}

export type EndpointState = 'on' | 'down' | 'off'

export const stateOf = ({ off, down }: Standing): EndpointState =>
  off !== null ? 'off' : down !== null ? 'down' : 'on'

export const NEW: Standing = { failingSince: null, deliveredAt: null, down: null, off: null }

/** A new webhook is tried so long after the last attempt although the next one would be later: what comes later is delivered soon after it is up. */
const NEW_AFTER_MS = 300_000

export const switchedOff = (standing: Standing, reason: Off, at: number): Standing =>
  standing.off === null ? { ...standing, off: { reason, at } } : standing

/** As if nothing had ever failed. */
export const switchedOn = ({ deliveredAt }: Standing): Standing => ({ ...NEW, deliveredAt })

export const succeeded = ({ off }: Standing, at: number): Standing => ({ ...NEW, deliveredAt: at, off })

/**
 * Takes note of a failure: three days of nothing else switch the endpoint off. `isDown`: because of this failure it counts as down;
 * while it does, only what was tried to look for that (`isProbe`) puts off the next look.
 */
export const hasFailed = (
  standing: Standing,
  now: number,
  {
    isDown,
    isProbe,
    askedMs,
  }: { readonly isDown: boolean; readonly isProbe: boolean; readonly askedMs: number | null },
  random: () => number,
): Standing => {
  const failingSince = standing.failingSince ?? now
  const failing = { ...standing, failingSince }
  if (now - failingSince >= GIVE_UP_MS) return switchedOff(failing, 'dead', now)
  if (standing.down !== null ? !isProbe : !isDown) return failing
  const attempts = (standing.down?.attempts ?? 0) + 1
  const wait = nextAttemptIn(attempts, askedMs, random)
  const since = standing.down?.since ?? now
  return {
    ...failing,
    down: { since, attempts, triedAt: now, probeAt: now + wait, notBefore: askedMs === null ? 0 : now + wait },
  }
}

/** When an endpoint that is down is tried next; sooner where something waits that was never tried. */
export const nextProbe = ({ triedAt, probeAt, notBefore }: Down, hasNew: boolean): number =>
  hasNew ? Math.max(notBefore, Math.min(probeAt, triedAt + NEW_AFTER_MS)) : probeAt

/** It is tried no sooner than so, since there was nothing to try with. */
export const lookedLater = (standing: Standing, at: number): Standing => {
  const { down } = standing
  if (down === null) return standing
  return {
    ...standing,
    down: { ...down, probeAt: Math.max(down.probeAt, at), notBefore: Math.max(down.notBefore, at) },
  }
}
