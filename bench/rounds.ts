/** What one round of one side gave: the figure that counts, larger is better, and what else was seen. */
export interface Side {
  readonly value: number
  readonly notes?: Readonly<Record<string, number>>
}

/** One round: the product and what it is measured against, one right after the other. */
export interface Round {
  readonly product: Side
  readonly against: Side
}

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const spread = (values: readonly number[]): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
})

/** Runs the sides in turn, A B A B …, so that whatever else the machine does befalls both alike. */
export const interleave = async <Names extends string>(
  rounds: number,
  sides: Readonly<Record<Names, (round: number) => Promise<Side> | Side>>,
): Promise<readonly Readonly<Record<Names, Side>>[]> => {
  const names = Object.keys(sides) as Names[]
  const results: Record<Names, Side>[] = []
  for (let round = 0; round < rounds; round++) {
    const result = {} as Record<Names, Side>
    for (const name of names) result[name] = await sides[name](round)
    results.push(result)
  }
  return results
}
