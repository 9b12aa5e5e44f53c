import { setImmediate } from 'node:timers/promises'

/** After so long the other requests get their turn. */
const TURN_MS = 10

/** The same items; the other requests get their turn now and then, and it ends where nobody waits for them any more. */
export async function* inTurns<A>(items: AsyncIterable<A>, isAwaited: () => boolean): AsyncGenerator<A> {
  let turn = performance.now()
  for await (const item of items) {
    if (performance.now() - turn >= TURN_MS) {
      await setImmediate()
      if (!isAwaited()) return
      turn = performance.now()
    }
    yield item
  }
}
