import type { Database } from 'better-sqlite3'
import { answerPurge, type PurgeAnswer, type PurgeRequest } from '../../sqlite/askToPurge.ts'
import type { PurgeRuns } from '../../sqlite/purgeRuns.ts'
import { type AppendAnswer, type AppendRequest, appendTo } from './append.ts'
import { type RemovalAnswer, type RemovalRequest, removeFrom } from './remove.ts'

/** What the thread that writes is asked for. */
export type WriteRequest = AppendRequest | RemovalRequest | PurgeRequest
export type WriteAnswer = AppendAnswer | RemovalAnswer | PurgeAnswer

interface Writes {
  /** Decides and writes one request; runs inside the writer's transaction. */
  readonly write: (request: WriteRequest) => WriteAnswer
  /** Before each transaction. */
  readonly begin: () => void
}

export const writeTo = (db: Database, purges: PurgeRuns): Writes => {
  const { append, begin } = appendTo(db)
  const remove = removeFrom(db)
  const purge = answerPurge(purges)
  return {
    begin,
    write: (request) => {
      if ('events' in request) return append(request)
      return 'purge' in request ? purge(request) : remove(request)
    },
  }
}
