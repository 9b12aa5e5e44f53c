import { setTimeout as delay } from 'node:timers/promises'
import type { EventStore } from './eventStore.ts'

/** What a server does not show for so long is not in its log: a node may be behind what another acknowledged. */
const ABSENT_MS = 10_000
const LOOK_AGAIN_MS = 500

/** Looks until there is something; of a server again for a while. `null` where it stays absent, or `signal` aborts. */
export const shown = async <A>(
  store: EventStore,
  look: () => Promise<A | null>,
  signal?: AbortSignal,
): Promise<A | null> => {
  const until = performance.now() + ABSENT_MS
  for (;;) {
    const found = await look()
    if (found !== null || store.embedded || performance.now() >= until || signal?.aborted) return found
    await delay(LOOK_AGAIN_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
  }
}
