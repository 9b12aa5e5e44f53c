import { setTimeout as delay } from 'node:timers/promises'
import { isStoreDamaged, isStoreUnreachable } from '../eventStore/readFailure.ts'
import { SEALS } from '../ledger/streams.ts'
import { addLeaves, expectWhole, growTree } from './growTree.ts'
import { openSeals, type SealingRun, type Seals } from './seals.ts'

/** What could not be read is tried again after so long. */
const AGAIN_MS = 1000
const LOOK_EVERY_MS = 1000
const PAUSE_MS = 200

/** Follows the log from where the tree ends. */
const follow = async ({ store, tree, say }: SealingRun, seals: Seals, signal: AbortSignal): Promise<void> => {
  const after = tree.last()?.position ?? null
  for await (const { events, altered = [], resumed, caughtUp } of store.follow(after, signal)) {
    expectWhole(store, altered)
    const last = tree.last()
    if (resumed && last !== null && (await store.idAt(last.position)) !== last.eventId) return
    for (const event of events) {
      if (event.stream === SEALS) await seals.hear(event)
      else addLeaves(tree, [event])
    }
    say({ _tag: 'Size', size: tree.size() })
    // Nobody waits for the tree: a few large batches cost less than many small ones.
    if (caughtUp) await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined)
  }
}

const runOnce = async (run: SealingRun, signal: AbortSignal, opened: (seals: Seals) => void): Promise<void> => {
  const { store, tree, everyMs } = run
  await growTree(store, tree, signal)
  tree.save()
  run.say({ _tag: 'Size', size: tree.size() })
  if (signal.aborted) return
  const seals = await openSeals(run)
  opened(seals)
  const failed = new AbortController()
  const sealing = (async () => {
    try {
      while (!signal.aborted && !failed.signal.aborted) {
        await seals.sealWhereDue()
        await delay(Math.min(LOOK_EVERY_MS, everyMs), undefined, { signal: AbortSignal.any([signal, failed.signal]) })
      }
    } catch (error) {
      if (!signal.aborted && !failed.signal.aborted) throw error
    }
  })()
  try {
    await Promise.race([follow(run, seals, signal), sealing])
  } finally {
    failed.abort()
    await sealing
  }
  if (!signal.aborted) return
  // What was appended last, and what the log was not asked for any more.
  await growTree(store, tree)
  await seals.sealWhereDue(true)
}

/**
 * Keeps the tree up with the log, and seals it, until `signal` aborts; then what there is is sealed. Where the log cannot be
 * read it says so, and tries again. `opened` is given the seals each time that they were looked at anew.
 */
export const runSealing = async (
  run: SealingRun,
  signal: AbortSignal,
  opened: (seals: Seals) => void,
): Promise<void> => {
  while (!signal.aborted) {
    try {
      await runOnce(run, signal, opened)
    } catch (error) {
      if (signal.aborted) return
      if (isStoreDamaged(error)) run.say({ _tag: 'State', state: 'log damaged', why: error.message })
      else if (isStoreUnreachable(error)) run.say({ _tag: 'State', state: 'catching up', why: null })
      else throw error
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}
