import type { Request, RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { type PacedMoves, pacedMoves } from '../../changes/pacedMoves.ts'
import { type ChangePages, changePages } from '../../changes/pages.ts'
import { NOT_KEPT } from '../headers.ts'
import { NDJSON, sendText, serverSentEvent } from '../lines.ts'
import { changeIdParameter } from '../parameters.ts'
import { problem, unavailable } from '../problem.ts'
import { queryOf } from '../query.ts'
import { refuseChanges } from '../refuseChanges.ts'
import type { ChangeSources } from './sources.ts'

const SSE = 'text/event-stream'

/** So many at a time. One that is live holds no more than the page that it is being sent, which others are sent as well. */
const AT_A_TIME = { [NDJSON]: 16, [SSE]: 256 }
/** As of the whole log. */
const QUIET_MS = 15_000

const HEARTBEAT = Buffer.from(':\n\n')

const query = queryOf({ after: changeIdParameter })

/** What a client that comes again was told last: it asks for the same path as at first. */
const lastTold = (req: Request): string | null => {
  const id = req.headers['last-event-id']
  return typeof id === 'string' && id !== '' ? id : null
}

/** To the end as it stands. */
async function* asTheyStand(pages: ChangePages, after: string | null): AsyncGenerator<Uint8Array> {
  const began = performance.now()
  for (let place = after; ; ) {
    const page = pages(place)
    if (E.isLeft(page)) throw new Error(`changes broke off: ${page.left}`)
    if (page.right === null) return
    yield page.right.bytes
    if ((page.right.endedAt ?? 0) >= began) return
    place = page.right.last
  }
}

/** Until `signal`, or until they are told no more here: then the client asks anew, maybe of another node. */
async function* live(
  pages: ChangePages,
  moves: PacedMoves,
  after: string | null,
  signal: AbortSignal,
  quietMs: number,
): AsyncGenerator<Uint8Array> {
  yield HEARTBEAT
  for (let place = after; !signal.aborted; ) {
    const page = pages(place)
    if (E.isLeft(page)) return
    if (page.right !== null) {
      yield page.right.bytes
      place = page.right.last
    } else if (!(await moves.next(signal, quietMs)) && !signal.aborted) yield HEARTBEAT
  }
}

/**
 * `GET /changes?after=`: what is told of each user since that became another thing, as NDJSON to the end as it stands, or as server-sent
 * events, which go on until `ending`.
 */
export const changeFeed = (
  { changes, logId }: ChangeSources,
  ending: AbortSignal,
  stalledMs?: number,
  quietMs = QUIET_MS,
): RequestHandler => {
  const open = { [NDJSON]: 0, [SSE]: 0 }
  const moves = pacedMoves(changes, ending)
  const pages = {
    [NDJSON]: changePages(changes, logId, (json) => `${json}\n`),
    [SSE]: changePages(changes, logId, serverSentEvent),
  }
  return async (req, res) => {
    const parameters = query(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const type = req.accepts([NDJSON, SSE]) === SSE ? SSE : NDJSON
    const after = (type === SSE ? lastTold(req) : null) ?? parameters.right.after
    const first = pages[type](after)
    if (E.isLeft(first)) return refuseChanges(res, first.left)
    if (req.method === 'HEAD') return void res.set(NOT_KEPT).type(type).end()
    if (open[type] === AT_A_TIME[type]) return unavailable(res, 'too-many-feeds', 'too many readers of changes', 5)
    open[type] += 1
    const leaving = new AbortController()
    res.once('close', () => leaving.abort())
    try {
      const signal = AbortSignal.any([leaving.signal, ending])
      const told = type === NDJSON ? asTheyStand(pages[type], after) : live(pages[type], moves, after, signal, quietMs)
      await sendText(res, type, told, stalledMs)
    } finally {
      open[type] -= 1
    }
  }
}
