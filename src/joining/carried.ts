import { join } from 'node:path'
import { logOfJournal } from '../journal/logOfJournal.ts'
import { currentReadModel } from '../readModel/file.ts'
import { type Standing, standingOf } from '../readModel/standing.ts'

/** What a data directory knows of its log; each part may be lost. */
export interface Carried {
  readonly readModel: Standing | null
  /** The ids of the logs that read model and journal belong to. */
  readonly logIds: readonly string[]
}

/** What a directory knows, whatever is there of it. */
export const carriedBy = (dataDir: string): Carried => {
  const readModel = standingOf(currentReadModel(dataDir))
  const ids = [readModel?.log?.logId, logOfJournal(join(dataDir, 'journal.db'))?.logId]
  return { readModel, logIds: ids.filter((id) => id !== undefined) }
}
