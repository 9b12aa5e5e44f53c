import type { Standing } from '../../domain/answer/standing.ts'
import { shown } from './shown.ts'

const REGIONS = {
  legacy: 'the legacy life cycle',
  lifecycle: 'the new life cycle',
  liveness: 'the liveness check',
  qes: 'the identification by qualified signature',
  videoConference: 'the identification by video conference',
} as const satisfies Partial<Record<keyof Standing, string>>

const went = (what: string, before: string, after: string): readonly string[] =>
  before === after ? [] : [`${what} went from ${before} to ${after}`]

/** What moved from one standing to the next but the status, as sentences without their full stops; documents last, of which there may be many. */
export const changesInWords = (before: Standing, after: Standing): readonly string[] => [
  ...Object.entries(REGIONS).flatMap(([region, name]) =>
    went(name, before[region as keyof typeof REGIONS], after[region as keyof typeof REGIONS]),
  ),
  ...went('what governs', before.governedBy, after.governedBy),
  ...Object.entries(after.documents).flatMap(([id, state]) =>
    went(`document ${shown(id)}`, before.documents[id] ?? 'none', state),
  ),
]
