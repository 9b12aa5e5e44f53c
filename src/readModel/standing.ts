import type { Position } from '../eventStore/recordedEvent.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import type { ProjectedEvent } from './database/checkpointTable.ts'
import { openReadModelSnapshot, type ReadModelSnapshot } from './database/snapshot.ts'

/** Which log a read model was made from, and up to where. */
export interface Standing {
  /** `null` in one that was made before logs had an identity. */
  readonly log: LogIdentity | null
  readonly position: Position | null
  /** `null` where it has come upon nothing but events of other applications. */
  readonly furthestEvent: ProjectedEvent | null
}

/** Of any version that notes it: what has to be known of a log does not go with the rows. */
export const standingIn = (served: ReadModelSnapshot): Standing | null => {
  const [row] = served.rows('checkpoint')
  if (row === undefined || row['event_id'] === undefined) return null
  const { stream, revision, event_position, event_id: eventId, log_id: logId, generation, losses } = row
  return {
    log: typeof logId === 'string' ? { logId, generation: Number(generation), losses: Number(losses) } : null,
    position: typeof row['position'] === 'string' ? row['position'] : null,
    furthestEvent:
      eventId === null ? null : ({ stream, revision, position: event_position, eventId } as ProjectedEvent),
  }
}

/** Where a read model stands; `null` where there is none that says so. */
export const standingOf = (file: string): Standing | null => {
  try {
    const served = openReadModelSnapshot(file)
    try {
      return standingIn(served)
    } finally {
      served.close()
    }
  } catch {
    return null
  }
}
