/** For so many times as long as it took to find out, a value is kept. */
const TIMES = 100
/** What takes less is found out each time. */
const LITTLE_MS = 10

/**
 * Finds out anew no more often than that it takes a hundredth of the time, however much there is to count. `null`, which is what is not
 * known yet, is not kept; nor is it known where finding out fails, which others tell of: metrics are asked for when something is wrong.
 *
 * @param now milliseconds that never go back
 */
export const costingLittle = <A>(
  find: () => A | null,
  now: () => number = () => performance.now(),
): (() => A | null) => {
  let kept: A | null = null
  let until = Number.NEGATIVE_INFINITY
  return () => {
    const begun = now()
    if (kept !== null && begun < until) return kept
    try {
      kept = find()
    } catch {
      kept = null
    }
    const took = now() - begun
    until = took < LITTLE_MS ? begun : begun + (TIMES + 1) * took
    return kept
  }
}
