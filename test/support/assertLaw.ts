import fc from 'fast-check'

const SEED = 1

/** So many times as many other values are tried: a quarter of them in each run of all tests, more where somebody has the time. */
const TIMES = Number(process.env['LAW_TIMES'] ?? 0.25)

/**
 * A law over random values: as many as `same` says are the same each time, `others` come on top. `worthIt` asks after the
 * former whether they brought enough of what the law is about: of values that are new each time that would be chance.
 */
export const assertLaw = async <A>(
  law: fc.IRawProperty<A>,
  { same, others }: { readonly same: number; readonly others: number },
  worthIt: () => void,
): Promise<void> => {
  await fc.assert(law, { seed: SEED, numRuns: same })
  worthIt()
  await fc.assert(law, { numRuns: Math.ceil(others * TIMES) })
}
