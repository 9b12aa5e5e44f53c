import type { Database } from 'better-sqlite3'
import { answerPurge } from '../sqlite/askToPurge.ts'
import type { PurgeRuns } from '../sqlite/purgeRuns.ts'
import type { DoneAs, JournalReason, Kept } from './entry.ts'
import type { JournalRequest, JournalResult, KeepRequest } from './request.ts'
import type { Room } from './room.ts'
import { usersIn } from './usersIn.ts'

/** Decides and writes one request; runs inside the writer's transaction. */
export const writing = (db: Database, room: Room, purges: PurgeRuns): ((request: JournalRequest) => JournalResult) => {
  const keep = db.prepare<[KeepRequest], Kept>(
    `INSERT INTO deliveries
       (fingerprint, size, kept, received_at, last_received_at, times, reason, content_type, content_encoding, source, body)
     VALUES
       (@fingerprint, @size, @kept, @receivedAt, @receivedAt, 1, @reason, @contentType, @contentEncoding, @source, @body)
     ON CONFLICT (fingerprint, size) DO UPDATE SET
       received_at = iif(done_at IS NULL, received_at, excluded.received_at),
       times = times + 1, last_received_at = max(last_received_at, excluded.last_received_at), reason = excluded.reason,
       content_type = excluded.content_type, content_encoding = excluded.content_encoding, done_as = NULL, done_at = NULL
     RETURNING id, times`,
  )
  const stillKept = db.prepare<[JournalReason, number], Kept>(
    'UPDATE deliveries SET reason = ? WHERE id = ? RETURNING id, times',
  )
  const done = db.prepare<[DoneAs, string, number], Kept>(
    'UPDATE deliveries SET done_as = ?, done_at = ? WHERE id = ? RETURNING id, times',
  )
  const expire = db.prepare<[string]>('DELETE FROM deliveries WHERE last_received_at < ?')
  const bodies = db.prepare<[], { readonly id: number; readonly encoding: string | null; readonly body: Buffer }>(
    'SELECT id, content_encoding AS encoding, body FROM deliveries',
  )
  const remove = db.prepare<[number]>('DELETE FROM deliveries WHERE id = ?')
  const forget = (userIds: ReadonlySet<string>): number => {
    const speaking: number[] = []
    for (const { id, encoding, body } of bodies.iterate()) {
      if (!usersIn(body, encoding).isDisjointFrom(userIds)) speaking.push(id)
    }
    for (const id of speaking) remove.run(id)
    return speaking.length
  }
  const purge = answerPurge(purges)

  return (request) => {
    switch (request._tag) {
      case 'Keep': {
        const { _tag, ...row } = request
        const kept = keep.get(row) ?? null
        if (kept?.times === 1) room.taken(row.kept)
        return kept
      }
      case 'StillKept':
        return stillKept.get(request.reason, request.id) ?? null
      case 'Done':
        return done.get(request.as, request.at, request.id) ?? null
      case 'LetGo':
        remove.run(request.id)
        return null
      case 'Expire':
        expire.run(request.before)
        return null
      case 'Forget':
        return { forgotten: forget(request.userIds) }
      case 'Purge':
        return purge(request)
      default:
        return request satisfies never
    }
  }
}
