import type { Database } from 'better-sqlite3'
import { type AppendAnswer, type AppendRequest, appendTo } from './append.ts'
import { type RemovalAnswer, type RemovalRequest, removeFrom } from './remove.ts'

/** What the thread that writes is asked for. */
export type WriteRequest = AppendRequest | RemovalRequest
export type WriteAnswer = AppendAnswer | RemovalAnswer

/** Decides and writes one request; runs inside the writer's transaction. */
export const writeTo = (db: Database): ((request: WriteRequest) => WriteAnswer) => {
  const append = appendTo(db)
  const remove = removeFrom(db)
  return (request) => ('events' in request ? append(request) : remove(request))
}
