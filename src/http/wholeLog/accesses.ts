import type { RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../../domain/identifiers.ts'
import { formatMilliseconds } from '../../../domain/instant.ts'
import type { RecordedEvent, Revision } from '../../eventStore/recordedEvent.ts'
import { readAccessEvent } from '../../ledger/accessEvent.ts'
import { ACCESSES } from '../../ledger/streams.ts'
import { type Line, sendLines, wantsLines } from '../lines.ts'
import { aRevision, PAGED, sendPage } from '../pages.ts'
import { userIdParameter } from '../parameters.ts'
import { problem } from '../problem.ts'
import { queryOf } from '../query.ts'
import { recordAccess } from '../recordAccess.ts'
import { readUpTo } from '../users/inLogOrder.ts'
import type { WholeLogSources } from './events.ts'

/**
 * What an event of `kyc-access` says; `null` where it is of another user than the one who is asked about. What was read of
 * several users may have been his, and of one that cannot be read nobody knows.
 */
const told = (event: RecordedEvent, userId: UserId | null): string | null => {
  const { eventId, revision, position } = event
  const said = readAccessEvent(event)
  if (said === null) return JSON.stringify({ eventId, revision, position, unreadable: true })
  if (userId !== null && said.userId !== null && said.userId !== userId) return null
  return JSON.stringify({ eventId, revision, position, ...said, recordedAt: formatMilliseconds(said.recordedAt) })
}

/** Ends where nobody waits for it any more: events that are passed over are no lines at which that would be noticed. */
async function* lines(
  events: AsyncIterable<RecordedEvent>,
  userId: UserId | null,
  isAwaited: () => boolean,
): AsyncGenerator<Line> {
  for await (const event of events) {
    if (!isAwaited()) return
    yield { json: told(event, userId), behind: ['from', event.revision + 1] }
  }
}

const query = queryOf({ ...PAGED, userId: userIdParameter, until: aRevision })

/**
 * `GET /access?userId=`: who read what, in the order in which it was recorded, in pages of JSON or all as NDJSON. It ends with the
 * record of its own first page (`until`): otherwise each page would make another one.
 */
export const accesses =
  (sources: WholeLogSources): RequestHandler =>
  async (req, res) => {
    const parameters = query(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const { from, limit, userId, until } = parameters.right
    if (!(await recordAccess(sources, req, res, 'accesses', userId))) return
    const { store } = sources
    const lastRevision = async (): Promise<Revision> => {
      const [last] = await Array.fromAsync(store.readStream(ACCESSES, { direction: 'backwards', limit: 1 }))
      return last?.revision ?? -1
    }
    const end = until ?? (await lastRevision())
    const asked = lines(readUpTo(store, ACCESSES, from ?? 0, end), userId, () => !res.closed)
    if (wantsLines(req)) return sendLines(res, asked, limit)
    const same = { ...(userId === null ? {} : { userId }), until: String(end) }
    return sendPage(res, asked, { path: '/access', begins: { from }, limit, same })
  }
