import { setImmediate } from 'node:timers/promises'

/** After so long the requests get their turn: reads of an embedded log come back at once, and let nobody in between. */
const TURN_MS = 5

/** To be awaited between the parts of long work. */
export const givingTurns = (): (() => Promise<void>) => {
  let turn = performance.now()
  return async () => {
    if (performance.now() - turn < TURN_MS) return
    await setImmediate()
    turn = performance.now()
  }
}
