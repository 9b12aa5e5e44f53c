/** So often a batch begins at most while much comes. */
const INTERVAL_MS = 100
/** So many events within that are much. */
const MUCH = 16

/** How many wait for the read model to go on, in memory that threads share. */
export type Waiting = Int32Array<SharedArrayBuffer>

export const nobodyWaiting = (): Waiting => new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))

/** Somebody waits, until what this gives is called: whoever rests goes on. */
export const oneWaits = (waiting: Waiting): (() => void) => {
  Atomics.add(waiting, 0, 1)
  Atomics.notify(waiting, 0)
  return () => void Atomics.sub(waiting, 0, 1)
}

/** Resolves after so long, or as soon as somebody waits or `signal` is aborted. */
const restFor = async (milliseconds: number, waiting: Waiting, signal: AbortSignal): Promise<void> => {
  const { async: rests, value } = Atomics.waitAsync(waiting, 0, 0, milliseconds)
  if (!rests || signal.aborted) return
  const aborted = Promise.withResolvers<void>()
  const abort = (): void => aborted.resolve()
  signal.addEventListener('abort', abort)
  await Promise.race([value, aborted.promise])
  signal.removeEventListener('abort', abort)
}

/** To be called after a batch of so many events that began then (`performance.now()`): resolves when the next one is to be taken. */
export type Pacing = (events: number, began: number, signal: AbortSignal) => Promise<void>

/**
 * While much comes, what comes within an interval is taken together: the transaction is one, and so is the row of a user who is told
 * of more than once. What comes after a pause, or now and then, is taken at once, as is everything while somebody waits for it.
 */
export const pacing = (waiting: Waiting, intervalMs: number = INTERVAL_MS): Pacing => {
  let lately = 0
  let at = Number.NEGATIVE_INFINITY
  return async (events, began, signal) => {
    lately = lately * Math.max(0, 1 - (began - at) / intervalMs) + events
    at = began
    const left = began + intervalMs - performance.now()
    if (lately >= MUCH) await restFor(left, waiting, signal)
  }
}
