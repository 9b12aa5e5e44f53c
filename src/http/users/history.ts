import type { RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../../domain/identifiers.ts'
import { streamOf, UNATTRIBUTED } from '../../ledger/streams.ts'
import { atMost } from '../atMost.ts'
import { meaningOf } from '../headers.ts'
import { type Line, sendLines, wantsLines } from '../lines.ts'
import { aRevision, PAGE, PAGED, sendPage } from '../pages.ts'
import { problem } from '../problem.ts'
import { queryOf } from '../query.ts'
import { isAskedFor, type LinesTold, linesIn, type ToldLine } from './aside/words.ts'
import { costingUser } from './costingUser.ts'
import { isAwaited } from './erasedUser.ts'
import { historyLines } from './historyLines.ts'
import { inLogOrder, readUpTo } from './inLogOrder.ts'
import { HELD, hasRoom } from './roomForHistory.ts'
import { settledStory } from './settled.ts'
import { type Sources, unknownUser } from './sources.ts'
import { tellingAltered } from './tellingAltered.ts'

/** So many at a time, of pages and of streams: each may hold thousands of events, and a stream for as long as it is read. */
const AT_A_TIME = 4

const TOLD = 'histories are being told'

const query = queryOf({ ...PAGED, fromUnattributed: aRevision })

/** The lines that threads tell, some at a time: to wait for each costs more than all else of it. From where they do not, the rest as they are told `here`. */
async function* besides(
  userId: UserId,
  told: AsyncIterable<LinesTold | null>,
  altered: (event: LinesTold['altered'][number]) => void,
  here: () => AsyncIterable<readonly [ToldLine]>,
): AsyncGenerator<Iterable<ToldLine>> {
  let given = 0
  for await (const some of told) {
    if (some === null) break
    some.altered.forEach(altered)
    yield linesIn(userId, some)
    given += some.places.length
    if (some.isLast) return
  }
  for await (const line of here()) if (--given < 0) yield line
}

const lineOf = ({ json, stream, revision }: ToldLine): Line => ({
  json,
  behind: [stream === UNATTRIBUTED ? 'fromUnattributed' : 'from', revision + 1],
})

/** Not written within the handler: with a generator of its own each request would outlive V8's young generation. */
async function* whileAwaited(told: AsyncIterable<Iterable<ToldLine>>, awaited: () => boolean): AsyncGenerator<Line> {
  for await (const some of told) {
    for (const line of some) {
      if (!awaited()) return
      yield lineOf(line)
    }
  }
}

const tellHistory = (sources: Sources): RequestHandler =>
  costingUser(sources, async (userId, req, res) => {
    const parameters = query(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const { limit, ...begins } = parameters.right
    const story = await settledStory(sources, res, userId)
    if (story === null) return
    const { last, orphans, corrections } = story
    const awaited = isAwaited(sources, res, userId)
    if (!awaited()) return
    if (last === -1 && orphans.length === 0) return unknownUser(res)
    // All that came before is folded, too: what an event changed depends on it.
    const folded = wantsLines(req) ? last + 1 : Math.min(last + 1, (begins.from ?? 0) + (limit ?? PAGE))
    if (!hasRoom(res, folded, HELD.timeline)) return
    const [from, fromUnattributed] = [begins.from ?? 0, begins.fromUnattributed ?? 0]
    const altered = tellingAltered(sources)
    const here = async function* (): AsyncGenerator<readonly [ToldLine]> {
      const events = inLogOrder(readUpTo(sources.store, streamOf(userId), 0, last), orphans)
      for await (const line of historyLines(userId, events, corrections, awaited, altered)) {
        if (isAskedFor(line, { from, fromUnattributed })) yield [line]
      }
    }
    // A page has to know whether there is one more.
    const most = wantsLines(req) ? limit : (limit ?? PAGE) + 1
    const begin = { from, fromUnattributed, most, readModel: sources.readModel.file() }
    const aside = sources.aside?.history(res, { userId, last, orphans, ...begin }, corrections)
    const asked = whileAwaited(aside === undefined ? here() : besides(userId, aside, altered, here), awaited)
    res.set(meaningOf(corrections))
    return wantsLines(req)
      ? sendLines(res, asked, limit)
      : sendPage(res, asked, { path: `/users/${userId}/kyc/history`, head: `"userId":"${userId}",`, begins, limit })
  })

/** `GET /users/{userId}/kyc/history`: what each event changed, as known when it was recorded; in pages, or all as NDJSON. */
export const kycHistory = (sources: Sources): RequestHandler => {
  const answer = tellHistory(sources)
  const [pages, streams] = [atMost(AT_A_TIME, TOLD, answer), atMost(AT_A_TIME, TOLD, answer)]
  return (req, res, next) => (wantsLines(req) ? streams : pages)(req, res, next)
}
