import { median, type Round, type Spread, spread } from './rounds.ts'

/** How much is measured; `quick` is for a look, `full` for a figure that is kept. */
export interface Scale {
  readonly quick: boolean
  readonly rounds: number
  /** How long one side of one round is under load. */
  readonly seconds: number
}

/** One line of the table. */
export interface Figure {
  readonly what: string
  readonly against: string
  readonly unit: string
  readonly product: Spread | null
  readonly peer: Spread | null
  /** What counts: product to peer, or what the target speaks of. */
  readonly ratio: Spread | null
  readonly target: string
  /** By the median; `null`: not measured, or no target. */
  readonly met: boolean | null
  /** Whether some rounds met the target and some did not. */
  readonly mixed: boolean
  /** What every round gave, with what was noted beside it. */
  readonly rounds: readonly Round[]
  readonly remarks: readonly string[]
}

export interface Measurement {
  readonly name: string
  readonly run: (scale: Scale) => Promise<readonly Figure[]>
}

export interface Target {
  readonly text: string
  readonly met: (ratio: number) => boolean | null
}

/** A figure for comparison. */
export const NO_TARGET: Target = { text: 'none', met: () => null }

export const atLeast = (least: number): Target => ({ text: `>= ${least}`, met: (ratio) => ratio >= least })
export const atMost = (most: number): Target => ({ text: `<= ${most}`, met: (ratio) => ratio <= most })

/** Whether a ratio meets its target. */
export const judged = (ratio: Spread, target: Target): Pick<Figure, 'ratio' | 'target' | 'met' | 'mixed'> => ({
  ratio,
  target: target.text,
  met: Number.isNaN(ratio.median) ? null : target.met(ratio.median),
  mixed: target.met(ratio.min) !== target.met(ratio.max),
})

/** A figure out of rounds: the ratio is taken within each round, where both sides met the same machine. */
export const figure = (
  { what, against, unit }: Pick<Figure, 'what' | 'against' | 'unit'>,
  rounds: readonly Round[],
  target: Target,
  remarks: readonly string[] = [],
): Figure => ({
  what,
  against,
  unit,
  product: spread(rounds.map(({ product }) => product.value)),
  peer: spread(rounds.map(({ against: peer }) => peer.value)),
  ...judged(spread(rounds.map(({ product, against: peer }) => product.value / peer.value)), target),
  rounds,
  remarks,
})

/** A figure whose target speaks of itself, and not of its ratio to what stands beside it. */
export const byItself = (
  about: Pick<Figure, 'what' | 'against' | 'unit'>,
  rounds: readonly Round[],
  target: Target,
  remarks: readonly string[] = [],
): Figure => {
  const product = spread(rounds.map((round) => round.product.value))
  const { met, mixed } = judged(product, target)
  return { ...figure(about, rounds, target, remarks), met, mixed }
}

/** The median of what was noted beside the figure, under each name. */
export const noted = (sides: readonly { readonly notes?: Readonly<Record<string, number>> }[], name: string): number =>
  median(sides.flatMap(({ notes }) => (notes?.[name] === undefined ? [] : [notes[name]])))

export const notMeasured = (
  { what, against, target }: Pick<Figure, 'what' | 'against' | 'target'>,
  reason: string,
): Figure => ({
  what,
  against,
  target,
  unit: '',
  product: null,
  peer: null,
  ratio: null,
  met: null,
  mixed: false,
  rounds: [],
  remarks: [`not measured: ${reason}`],
})
