/** Chance that can be repeated: the same numbers for the same seeds. */
export interface Dice {
  /** A whole number from 0 up to, not including, `n`. */
  readonly below: (n: number) => number
  /** True once in `n` times. */
  readonly once: (n: number) => boolean
  readonly pick: <A>(items: readonly A[]) => A
  readonly shuffled: <A>(items: readonly A[]) => readonly A[]
}

/** Of several seeds, such as that of a run and the number of one of its cases (the generator is `sfc32`). */
export const diceOf = (...seeds: readonly number[]): Dice => {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1]
  const next = (): number => {
    const sum = (a + b + d++) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
  for (const seed of seeds) {
    a ^= seed
    b ^= Math.trunc(seed / 2 ** 32)
    for (let i = 0; i < 12; i++) next()
  }
  const below = (n: number): number => Math.floor((next() / 2 ** 32) * n)
  const pick = <A>(items: readonly A[]): A => items[below(items.length)] as A
  const shuffled = <A>(items: readonly A[]): readonly A[] => {
    const rest = [...items]
    return items.map(() => rest.splice(below(rest.length), 1)[0] as A)
  }
  return { below, once: (n) => below(n) === 0, pick, shuffled }
}
