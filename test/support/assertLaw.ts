import fc from 'fast-check'

const SEED = 1

/** So many times as many other values are tried: a tenth of them in each run of all tests, more where somebody has the time. */
const TIMES = Number(process.env['LAW_TIMES'] ?? 0.1)
/** How many of the values that a property was thought to need, and of those of a law that are the same each time, are tried here. */
const [OF_VALUES, OF_THE_SAME] = TIMES < 1 ? [0.3, 0.6] : [1, 1]

/** How often a dear property is tried on values that are new each time: all of `most` where somebody has the time. */
export const runsOf = (most: number): number => Math.ceil(most * OF_VALUES)

/**
 * A law over random values: as many as `same` says are the same each time, `others` come on top. `worthIt` asks after the
 * former whether they brought enough of what the law is about: of values that are new each time that would be chance.
 */
export const assertLaw = async <A>(
  law: fc.IRawProperty<A>,
  { same, others }: { readonly same: number; readonly others: number },
  worthIt: () => void,
): Promise<void> => {
  await fc.assert(law, { seed: SEED, numRuns: Math.ceil(same * OF_THE_SAME) })
  worthIt()
  await fc.assert(law, { numRuns: Math.ceil(others * TIMES) })
}
