/** Lets so many at a time through; the others wait in turn. */
export interface Slots {
  /** Runs `action` when a slot is free; null at once when too many wait already. */
  readonly take: <A>(action: () => Promise<A>) => Promise<A> | null
}

export const slots = (atOnce: number, longestQueue: number): Slots => {
  const queue: (() => void)[] = []
  let free = atOnce

  const leave = (): void => {
    const next = queue.shift()
    if (next === undefined) free += 1
    else next()
  }
  const entered = (): Promise<void> => new Promise((resolve) => queue.push(resolve))

  return {
    take: (action) => {
      if (free > 0) {
        free -= 1
        return action().finally(leave)
      }
      if (queue.length >= longestQueue) return null
      return entered().then(action).finally(leave)
    },
  }
}
