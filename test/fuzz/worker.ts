import { parentPort, workerData } from 'node:worker_threads'
import { caseOf } from './cases.ts'
import { minimised } from './minimise.ts'
import { type Case, type Fault, tryCase } from './tryCase.ts'

/** What a worker is started with. */
export interface Work {
  readonly seed: number
  /** The number of the first case. */
  readonly from: number
  readonly minutes: number
  /** No more are tried once there were so many bodies. */
  readonly bodies: number
  /** So many seconds the smallest case of each fault is looked for. */
  readonly shrink: number
  /** Where the number of the case stands that is being tried, so that another thread sees that one does not end. */
  readonly at: SharedArrayBuffer
}

/** A fault with the first case that showed it, and how many did. */
export interface Told extends Fault {
  readonly case: number
  readonly times: number
  /** The smallest that was found: its bodies in the order in which they are sent. */
  readonly smallest: Case
}

/** What all that was tried came to. */
export interface Result {
  readonly cases: number
  readonly bodies: number
  readonly counts: ReadonlyMap<string, number>
  readonly slow: number
  readonly slowest: number
  readonly faults: readonly Told[]
}

/** A body that takes longer, in milliseconds, is counted as slow; it is at most 1 MiB. */
const SLOW_MS = 250

export const run = async ({ seed, from, minutes, bodies: most, shrink, at }: Work): Promise<Result> => {
  const begun = performance.now()
  const number = new Int32Array(at)
  const counts = new Map<string, number>()
  const faults = new Map<string, { first: number; times: number; fault: Fault }>()
  let [cases, bodies, slow, slowest] = [0, 0, 0, 0]
  while (performance.now() - begun < minutes * 60_000 && bodies < most) {
    const next = from + cases
    Atomics.store(number, 0, next)
    const one = caseOf(seed, next)
    const tried = await tryCase(one)
    cases += 1
    bodies += one.sents.length
    slowest = Math.max(slowest, tried.slowest)
    if (tried.slowest > SLOW_MS) slow += 1
    for (const [what, times] of tried.counts) counts.set(what, (counts.get(what) ?? 0) + times)
    if (tried.fault === null) continue
    const before = faults.get(tried.fault.kind)
    faults.set(
      tried.fault.kind,
      before ? { ...before, times: before.times + 1 } : { first: next, times: 1, fault: tried.fault },
    )
  }
  // What is looked for something smaller may take as long as it likes.
  Atomics.store(number, 0, -1)
  const told: Told[] = []
  for (const { first, times, fault } of faults.values()) {
    const smallest = await minimised(caseOf(seed, first), fault.kind, shrink * 1000)
    told.push({ ...((await tryCase(smallest)).fault ?? fault), case: first, times, smallest })
  }
  return { cases, bodies, counts, slow, slowest, faults: told }
}

if (parentPort !== null) parentPort.postMessage(await run(workerData as Work))
