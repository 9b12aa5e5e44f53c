import type { CurrentStatus } from '../../../domain/answer/currentStatus.ts'
import type { Position } from '../../eventStore/recordedEvent.ts'

/** How a user stood, on both axes of time, and by which reading of his events. */
export interface StatusThen {
  /** What had occurred by then. RFC 3339, UTC, as all times. */
  readonly asOf: string
  /** What had been recorded by then. */
  readonly knownAt: string
  /** Of the last event of his that was known. */
  readonly position: Position
  /** The version of the rules that events were read by (`Kyc-Meaning`), and how many clocks were known to be wrong. */
  readonly meaning: number
  readonly corrections: number
  readonly answer: CurrentStatus
}

export const statusJson = (status: StatusThen): string => `${JSON.stringify(status, null, 2)}\n`
