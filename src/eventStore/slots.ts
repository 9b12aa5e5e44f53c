/** Lets so many actions run at a time; the others wait in turn. */
export const slots = (atOnce: number): (<A>(action: () => Promise<A>) => Promise<A>) => {
  const queue: (() => void)[] = []
  let free = atOnce

  const leave = (): void => {
    const next = queue.shift()
    if (next === undefined) free += 1
    else next()
  }

  return async (action) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => queue.push(resolve))
    try {
      return await action()
    } finally {
      leave()
    }
  }
}
