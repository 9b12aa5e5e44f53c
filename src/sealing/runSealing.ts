import { setTimeout as delay } from 'node:timers/promises'
import { isStoreDamaged, isStoreUnreachable } from '../eventStore/readFailure.ts'
import { Erased, hearErasures } from '../ledger/erased.ts'
import { SEALS } from '../ledger/streams.ts'
import { treeDamaged } from '../tree/treeDamaged.ts'
import { addLeaves, expectWhole, growTree, isTreeUpTo } from './growTree.ts'
import { isTreeOfLog } from './isTreeOfLog.ts'
import { openSeals, type SealingRun, type Seals } from './seals.ts'

/** What could not be read is tried again after so long. */
const AGAIN_MS = 1000
const LOOK_EVERY_MS = 1000
const PAUSE_MS = 200

/** Follows the log from where the tree ends. */
const follow = async (run: SealingRun, erased: Erased, seals: Seals, signal: AbortSignal): Promise<void> => {
  const { store, tree, say, follows } = run
  const after = tree.last()?.position ?? null
  for await (const { events, altered = [], resumed, caughtUp } of store.follow(after, signal)) {
    expectWhole(store, altered)
    follows(caughtUp)
    if (resumed && !(await isTreeUpTo(store, tree, erased, signal))) return
    // What was removed before this was read has its record by now.
    await hearErasures(store, erased)
    for (const event of events) {
      addLeaves(tree, [event], erased)
      if (event.stream === SEALS) await seals.hear(event)
    }
    run.grew()
    say({ _tag: 'Size', size: tree.size() })
    // Nobody waits for the tree: a few large batches cost less than many small ones.
    if (caughtUp) await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined)
  }
}

const runOnce = async (run: SealingRun, signal: AbortSignal, opened: (seals: Seals) => void): Promise<void> => {
  const { store, tree, everyMs, follows } = run
  const kept = tree.size()
  const erased = new Erased()
  await growTree(store, tree, erased, signal)
  tree.save()
  run.say({ _tag: 'Size', size: tree.size() })
  if (signal.aborted) return
  const seals = await openSeals(run, erased)
  follows(true)
  opened(seals)
  const ended = new AbortController()
  const until = AbortSignal.any([signal, ended.signal])
  const sealing = async (): Promise<void> => {
    while (!until.aborted) {
      await seals.sealWhereDue()
      await delay(Math.min(LOOK_EVERY_MS, everyMs), undefined, { signal: until }).catch(() => undefined)
    }
  }
  // Whichever ends first ends the other: two at once would add each event twice.
  const looking = async (): Promise<void> => {
    // Of a server that would be the whole log over the network, at each start of each node.
    if (!store.embedded || (await isTreeOfLog(store, tree, kept, until))) return
    throw treeDamaged('the log is not the one any more that it was made from')
  }
  const both = [follow(run, erased, seals, until), sealing()].map((one) => one.finally(() => ended.abort()))
  both.push(
    looking().catch((error: unknown) => {
      ended.abort()
      throw error
    }),
  )
  await Promise.all(both).finally(() => Promise.allSettled(both))
  if (!signal.aborted) return
  // What was appended last, and what the log was not asked for any more.
  await growTree(store, tree, erased)
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
      run.follows(false)
      if (signal.aborted) return
      if (isStoreDamaged(error)) run.say({ _tag: 'State', state: 'log damaged', why: error.message })
      else if (isStoreUnreachable(error)) run.say({ _tag: 'State', state: 'catching up', why: null })
      else throw error
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}
