import type { JournalReason } from './entry.ts'

/** How much the journal holds; when it is more, what counts is `SHARES`. */
export interface Bounds {
  readonly rows: number
  /** Of bodies. */
  readonly bytes: number
}

/** Of the journal of a service. */
export const JOURNAL_BOUNDS: Bounds = { rows: 10_000, bytes: 64 * 1024 * 1024 }

/**
 * The parts of the journal that each reason has for itself, however much comes for another one. What nobody uses is
 * anybody's. Most is for what is worth the most: a genuine webhook that came while the secret was wrong.
 */
const SHARES: Readonly<Record<JournalReason, number>> = {
  signature: 8,
  'store-refused': 4,
  'echo-limit': 2,
  'no-payload': 2,
  'not-json': 1,
  'not-a-webhook': 1,
  'too-large': 1,
  encoding: 1,
}

/** What the journal holds of one reason and day. */
export interface Usage {
  readonly reason: JournalReason
  /** `YYYY-MM-DD`, UTC: a flood takes the room of its own day. */
  readonly day: string
  readonly rows: number
  readonly bytes: number
}

/** What it holds of that from one source. */
export interface UsageOfSource extends Pick<Usage, 'rows' | 'bytes'> {
  readonly source: string
}

const largest = <A>(items: Iterable<A>, size: (item: A) => number): A | undefined => {
  let found: A | undefined
  for (const item of items) if (found === undefined || size(item) > size(found)) found = item
  return found
}

/** The day whose oldest deliveries have to go: the fullest of the reason that is furthest beyond its share. */
export const toGo = (usage: readonly Usage[], measure: (of: Usage) => number): Usage | undefined => {
  const total = (of: readonly Usage[]): number => of.reduce((sum, one) => sum + measure(one), 0)
  const byReason = Map.groupBy(usage, ({ reason }) => reason)
  const [, days = []] = largest(byReason, ([reason, of]) => total(of) / (SHARES[reason] ?? 1)) ?? []
  return largest(days, measure)
}

/** The source that has to make room alone: one to which more than half of a day is due. */
export const floodIn = (
  day: Usage,
  sources: readonly UsageOfSource[],
  measure: (of: Pick<Usage, 'rows' | 'bytes'>) => number,
): UsageOfSource | undefined => {
  const fullest = largest(sources, measure)
  return fullest !== undefined && measure(fullest) > measure(day) / 2 ? fullest : undefined
}
