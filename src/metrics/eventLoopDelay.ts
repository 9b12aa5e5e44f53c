/** So often it is looked. */
const EVERY_MS = 50

/** Tells, every 50 ms, by how many seconds the event loop was late to look. Gives the end of it. */
export const watchEventLoop = (tell: (seconds: number) => void): (() => void) => {
  let due = performance.now() + EVERY_MS
  const looking = setInterval(() => {
    const now = performance.now()
    tell(Math.max(0, now - due) / 1000)
    due = now + EVERY_MS
  }, EVERY_MS).unref()
  return () => clearInterval(looking)
}
