const MINUTES = 24 * 60
const MINUTE_MS = 60_000

/** Counts something in this process, minute by minute, for a day. */
export interface PerMinute {
  readonly note: () => void
  /** Of the last day or, before there is one, since it is counted; the last is the minute under way. */
  readonly minutes: () => readonly number[]
}

/** Minutes begin with the counting. `now` are milliseconds that never go back. */
export const perMinute = (now: () => number = () => performance.now()): PerMinute => {
  const begun = now()
  const ring = new Uint32Array(MINUTES)
  let minute = 0
  const goOn = (): void => {
    const present = Math.floor((now() - begun) / MINUTE_MS)
    // Minutes in which nothing happened, a day of them at most.
    for (let passed = Math.max(minute + 1, present - MINUTES + 1); passed <= present; passed += 1)
      ring[passed % MINUTES] = 0
    minute = Math.max(minute, present)
  }
  return {
    note: () => {
      goOn()
      const at = minute % MINUTES
      ring[at] = (ring[at] ?? 0) + 1
    },
    minutes: () => {
      goOn()
      const length = Math.min(MINUTES, minute + 1)
      return Array.from({ length }, (_, index) => ring[(minute - length + 1 + index) % MINUTES] ?? 0)
    },
  }
}
