import type { OwnHistory } from '../../domain/state/ownHistory.ts'
import type { Reading } from '../../domain/state/reading.ts'
import { writeReadings } from '../../domain/state/readingText.ts'
import type { KeptRun } from './database/readingTables.ts'

/** Of fewer nothing is kept: they are read as quickly out of the log. */
export const FEWEST_KEPT = 24
/** So many go into one text. */
const MOST_IN_A_RUN = 128

/**
 * What is kept of events that follow on each other in a user's stream: nothing of few. Nor of any where a wrong clock wrote one of them: how that
 * counts may be known otherwise tomorrow.
 */
export const runsOf = (readings: readonly Reading[]): readonly KeptRun[] => {
  if (readings.length < FEWEST_KEPT || readings.some(({ event }) => event.corrected)) return []
  const runs: KeptRun[] = []
  for (let index = 0; index < readings.length; index += MOST_IN_A_RUN) {
    const some = readings.slice(index, index + MOST_IN_A_RUN)
    const first = some[0]?.event.revision ?? 0
    runs.push({ first, next: first + some.length, body: writeReadings(some) })
  }
  return runs
}

/** So many more are kept at a time: their texts are held until they are written. */
const MOST_AT_ONCE = 12_800

/** What is kept of a history that was read whole, from its event `from` on: nothing where some of it could not be read, or is missing. */
export const keptOf = ({ arrived, unreadable, complete }: OwnHistory, from = 0): readonly KeptRun[] =>
  complete && unreadable.length === 0 ? runsOf(arrived.slice(from, from + MOST_AT_ONCE)) : []
