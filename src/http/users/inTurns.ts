import { setImmediate } from 'node:timers/promises'
import { folding } from './folding.ts'

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

/** What a fold comes to that yields now and then, with others' turns; `null` where nobody waits for it any more. */
export const folded = async <A>(fold: Generator<null, A>, isAwaited: () => boolean): Promise<A | null> => {
  for (let turn = performance.now(); ; ) {
    const next = folding(() => fold.next())
    if (next.done) return next.value
    if (performance.now() - turn < TURN_MS) continue
    await setImmediate()
    if (!isAwaited()) return null
    turn = performance.now()
  }
}
