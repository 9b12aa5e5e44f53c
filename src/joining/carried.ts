import { join } from 'node:path'
import { logOfJournal } from '../journal/logOfJournal.ts'
import { currentReadModel } from '../readModel/file.ts'
import { type Standing, standingOf } from '../readModel/standing.ts'
import { keptCheckpoint } from '../sealing/kept.ts'

/** What a data directory knows of its log; each part may be lost. */
export interface Carried {
  readonly readModel: Standing | null
  /** The ids of the logs that read model, journal and kept checkpoint belong to. */
  readonly logIds: readonly string[]
}

/** What a directory knows, whatever is there of it. */
export const carriedBy = (dataDir: string): Carried => {
  const readModel = standingOf(currentReadModel(dataDir))
  const sealed = keptCheckpoint(dataDir)?.origin.split('/')[0]
  const ids = [readModel?.log?.logId, logOfJournal(join(dataDir, 'journal.db'))?.logId, sealed]
  return { readModel, logIds: ids.filter((id) => id !== undefined) }
}
