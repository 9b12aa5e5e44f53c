/** How far a purge that was asked for has come. */
export type PurgeState = 'working' | 'gone' | { readonly failed: string }

/** The purges of a thread, by number: one that is asked for while another is under way comes after it. */
export interface PurgeRuns {
  /** Gives the number by which it is asked after. */
  readonly begin: () => number
  readonly look: (run: number) => PurgeState
}

export const purgeRuns = (purge: () => Promise<void>): PurgeRuns => {
  let asked = 0
  let settled = 0
  let state: PurgeState = 'gone'
  let isRunning = false
  const run = async (): Promise<void> => {
    while (settled < asked) {
      const until = asked
      state = await purge().then(
        () => 'gone' as const,
        (error: unknown) => ({ failed: error instanceof Error ? error.message : String(error) }),
      )
      settled = until
    }
    isRunning = false
  }
  return {
    begin: () => {
      asked += 1
      // Who asks may be in the middle of a transaction.
      if (!isRunning) setImmediate(run)
      isRunning = true
      return asked
    },
    look: (number) => {
      if (number > asked) return { failed: 'the thread that was at it has ended' }
      return settled < number ? 'working' : state
    },
  }
}
