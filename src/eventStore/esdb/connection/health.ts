const PATIENCE_MS = 8000
const LEAST_PATIENCE_MS = 1500

/** Whether a server answers, as far as is known. Times are those of `performance.now()`. */
interface Health {
  readonly isUp: () => boolean
  readonly lastAnswer: () => number
  /** It answered; true if it was down before. */
  readonly answered: () => boolean
  readonly down: () => void
  /** Remembers why it is, or soon will be, out of reach. */
  readonly because: (reason: string) => void
  /** For how long a request should wait: long in the first seconds of an outage, hardly at all later. */
  readonly patience: () => number
  /** Why it is out of reach, for a person. */
  readonly reason: () => string
}

/** Down until it answers for the first time. */
export const healthOfServer = (): Health => {
  let up = false
  let downSince = Number.NEGATIVE_INFINITY
  let lastAnswer = Number.NEGATIVE_INFINITY
  let lastReason = ''
  return {
    isUp: () => up,
    lastAnswer: () => lastAnswer,
    answered: () => {
      lastAnswer = performance.now()
      const wasDown = !up
      up = true
      return wasDown
    },
    down: () => {
      if (up) downSince = lastAnswer
      up = false
    },
    because: (reason) => {
      lastReason = `: ${reason}`
    },
    patience: () =>
      up
        ? PATIENCE_MS
        : Math.min(PATIENCE_MS, Math.max(LEAST_PATIENCE_MS, downSince + PATIENCE_MS - performance.now())),
    reason: () => `the event store cannot be reached${lastReason}`,
  }
}
