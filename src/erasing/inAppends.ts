import type { ErasureEvent } from '../ledger/erasures.ts'

/** A server takes 1 MiB at once, some of which it counts besides what an event says. */
const APPEND_BYTES = 700_000
/** What is stored of an event besides what it says. */
const BESIDES_BYTES = 300

const bytesOf = (said: ErasureEvent): number => Buffer.byteLength(JSON.stringify(said)) + BESIDES_BYTES

/** In their order, in groups of which each is no more than a server takes with one append. */
export const inAppends = <A>(all: readonly A[], said: (one: A) => ErasureEvent): readonly (readonly A[])[] => {
  const groups: A[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const one of all) {
    const more = bytesOf(said(one))
    if (bytes + more > APPEND_BYTES) {
      groups.push([])
      bytes = 0
    }
    bytes += more
    groups.at(-1)?.push(one)
  }
  return groups
}
