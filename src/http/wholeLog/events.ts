import type { Request, RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { EventStore } from '../../eventStore/eventStore.ts'
import { isNotAPosition, isStoreUnreachable, unlessDamaged } from '../../eventStore/readFailure.ts'
import type { Position } from '../../eventStore/recordedEvent.ts'
import { NOT_KEPT } from '../headers.ts'
import { NDJSON, sendText } from '../lines.ts'
import { positionParameter } from '../parameters.ts'
import { problem, unavailable } from '../problem.ts'
import { queryOf } from '../query.ts'
import { recordAccess } from '../recordAccess.ts'
import type { Sources } from '../users/sources.ts'
import { asItStands } from './asItStands.ts'
import { live } from './live.ts'

const SSE = 'text/event-stream'

/** So many at a time: each holds a batch of events, one that is live for as long as its reader stays. */
const AT_A_TIME = { [NDJSON]: 4, [SSE]: 16 }
/** Less than a client that takes nothing is given up after, and than proxies cut a quiet connection after (60 s mostly). */
const QUIET_MS = 15_000

const query = queryOf({ after: positionParameter })

/** What a client that comes again has seen last: it asks for the same path as at first. */
const lastSeen = (req: Request): string | null => {
  const id = req.headers['last-event-id']
  return typeof id === 'string' && id !== '' ? id : null
}

/** Whether the store cannot have given it, or the log ends before it: what comes to stand there then is not what follows on it. */
const isForeign = async (store: EventStore, position: Position): Promise<boolean> => {
  try {
    await store.idAt(position)
  } catch (error) {
    if (isNotAPosition(error)) return true
    // What is damaged there is told of when the log is read on from there.
    if (isStoreUnreachable(error)) throw error
  }
  const last = await unlessDamaged(store.lastEvent(), null)
  return last !== null && position > last.position
}

/** What the whole log is read out of. */
export type WholeLogSources = Pick<Sources, 'store' | 'access' | 'authentication' | 'uncertain'>

/**
 * `GET /events?after=`: the whole log behind a position, or from its beginning: as NDJSON to its end as it stands, or as
 * server-sent events, which go on until `ending`.
 */
export const wholeLog = (
  sources: WholeLogSources,
  ending: AbortSignal,
  stalledMs?: number,
  quietMs = QUIET_MS,
): RequestHandler => {
  const open = { [NDJSON]: 0, [SSE]: 0 }
  return async (req, res) => {
    const parameters = query(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const type = req.accepts([NDJSON, SSE]) === SSE ? SSE : NDJSON
    const after = (type === SSE ? lastSeen(req) : null) ?? parameters.right.after
    if (after !== null && (await isForeign(sources.store, after))) {
      return problem(res, 'foreign-position', 'this is not a position of this log, or the log ends before it')
    }
    if (req.method === 'HEAD') return void res.set(NOT_KEPT).type(type).end()
    if (open[type] === AT_A_TIME[type])
      return unavailable(res, 'too-many-feeds', 'too many readers of the whole log', 5)
    open[type] += 1
    const leaving = new AbortController()
    res.once('close', () => leaving.abort())
    try {
      if (!(await recordAccess(sources, req, res, 'log', null))) return
      const text =
        type === NDJSON
          ? asItStands(sources, after)
          : live(sources, after, AbortSignal.any([leaving.signal, ending]), quietMs)
      await sendText(res, type, text, stalledMs)
    } finally {
      open[type] -= 1
    }
  }
}
