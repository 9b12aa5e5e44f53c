let waiting: Promise<void> | null = null

/** Resolves once all requests that have come by now are read: the same promise for all of them. */
export const allRead = (): Promise<void> => {
  waiting ??= new Promise((resolve) => {
    setImmediate(() => {
      waiting = null
      resolve()
    })
  })
  return waiting
}
