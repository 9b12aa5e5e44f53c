import type { HistoryEntry } from '../../../domain/answer/history.ts'
import type { Standing } from '../../../domain/answer/standing.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'

/** One event of a user, and what it changed, as known when it was recorded. */
export interface TimelineEntry extends HistoryEntry, Pick<RecordedEvent, 'stream' | 'revision'> {}

/** What would be obeyed instead of shown, or seen as nothing; also what ends a line. */
const UNSHOWN = /[\p{C}\p{Zl}\p{Zp}]/gu

/** What outsiders sent, as text of one line. */
export const shown = (text: string): string => text.replaceAll(UNSHOWN, '\ufffd')

const REGIONS = {
  legacy: 'the legacy life cycle',
  lifecycle: 'the new life cycle',
  liveness: 'the liveness check',
  qes: 'the identification by qualified signature',
  videoConference: 'the identification by video conference',
} as const satisfies Partial<Record<keyof Standing, string>>

const went = (what: string, before: string, after: string): readonly string[] =>
  before === after ? [] : [`${what} went from ${before} to ${after}`]

/** What moved with an event, in words. */
const moved = (before: Standing, after: Standing): readonly string[] => [
  ...Object.entries(REGIONS).flatMap(([region, name]) =>
    went(name, before[region as keyof typeof REGIONS], after[region as keyof typeof REGIONS]),
  ),
  ...Object.entries(after.documents).flatMap(([id, state]) =>
    went(`document ${shown(id)}`, before.documents[id] ?? 'none', state),
  ),
  ...went('what governs', before.governedBy, after.governedBy),
]

/** All that is to be said of an event, in sentences without their full stops. Nothing in them is markup. */
export const inWords = (entry: TimelineEntry): readonly string[] => {
  const { eventId, before, after, anomalies } = entry
  const status =
    before.status === after.status
      ? `the status stayed ${after.status}`
      : `the status went from ${before.status} to ${after.status}`
  const ofOther = (of: string): string => (of === eventId ? '' : ` (event ${shown(of)})`)
  return [
    status,
    ...moved(before, after),
    ...(entry.weaklyDated ? ['nothing but its receipt tells when it occurred'] : []),
    ...(entry.corrected ? ['a wrong clock wrote its receipt, which counts as another time'] : []),
    ...anomalies.map(({ kind, eventId: of, detail }) => `odd, ${kind}${ofOther(of)}: ${shown(detail)}`),
  ]
}
