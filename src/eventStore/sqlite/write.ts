import type { Database } from 'better-sqlite3'
import { answerPurge, type PurgeAnswer, type PurgeRequest } from '../../sqlite/askToPurge.ts'
import type { PurgeRuns } from '../../sqlite/purgeRuns.ts'
import { type AppendAnswer, type AppendRequest, appendTo } from './append.ts'
import { type RemovalAnswer, type RemovalRequest, removeFrom } from './remove.ts'

/** What the thread that writes is asked for. */
export type WriteRequest = AppendRequest | RemovalRequest | PurgeRequest
export type WriteAnswer = AppendAnswer | RemovalAnswer | PurgeAnswer

/** Decides and writes one request; runs inside the writer's transaction. */
export const writeTo = (db: Database, purges: PurgeRuns): ((request: WriteRequest) => WriteAnswer) => {
  const append = appendTo(db)
  const remove = removeFrom(db)
  const purge = answerPurge(purges)
  return (request) => {
    if ('events' in request) return append(request)
    return 'purge' in request ? purge(request) : remove(request)
  }
}
