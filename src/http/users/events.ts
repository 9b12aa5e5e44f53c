import type { RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { isAltered } from '../../../domain/event/altered.ts'
import { heardBy } from '../../../domain/state/adoption.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { streamOf, UNATTRIBUTED } from '../../ledger/streams.ts'
import { readOwnEvents } from '../../readModel/userEvents.ts'
import { type BeginParameter, type Line, sendLines, wantsLines } from '../lines.ts'
import { aRevision, PAGED, sendPage } from '../pages.ts'
import { problem } from '../problem.ts'
import { queryOf } from '../query.ts'
import { recordAccess } from '../recordAccess.ts'
import { costingUser } from './costingUser.ts'
import { isAwaited } from './erasedUser.ts'
import { eventJson } from './eventJson.ts'
import { foldingLong } from './folding.ts'
import { inLogOrder, readUpTo } from './inLogOrder.ts'
import { ownReader } from './ownReader.ts'
import { settledStory } from './settled.ts'
import { type Sources, unknownUser } from './sources.ts'
import { tellingAltered } from './tellingAltered.ts'

/** `beginning` tells which parameter a page begins with that goes on behind an event. */
async function* lines(
  sources: Pick<Sources, 'uncertain'>,
  events: AsyncIterable<RecordedEvent>,
  beginning: (event: RecordedEvent) => BeginParameter,
): AsyncGenerator<Line> {
  const tell = tellingAltered(sources)
  for await (const event of events) {
    const altered = isAltered(event)
    if (altered) tell(event)
    yield { json: eventJson(event, altered), behind: [beginning(event), event.revision + 1] }
  }
}

async function* whileAwaited<A>(items: AsyncIterable<A>, awaited: () => boolean): AsyncGenerator<A> {
  for await (const item of items) {
    if (!awaited()) return
    yield item
  }
}

const ofUser = queryOf({ ...PAGED, fromUnattributed: aRevision })

/**
 * `GET /users/{userId}/events`: his stream as recorded, and between its events those of the stream of the unattributed that
 * count among his, in the order of the log; pages of JSON, or all of it as NDJSON.
 */
export const userEvents = (believed: Sources): RequestHandler => {
  const sources = { ...believed, store: believed.recorded }
  return costingUser(sources, async (userId, req, res) => {
    const parameters = ofUser(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const { limit, ...begins } = parameters.right
    const story = await settledStory(sources, res, userId)
    if (story === null) return
    const { store, streams } = sources
    const { history } = ownReader(story.corrections)
    const heard = async (): Promise<readonly RecordedEvent[]> => {
      const stream = await readOwnEvents(store, userId, streams)
      return foldingLong(async () => heardBy(userId, await history(stream, userId), story.orphans))
    }
    const orphans = story.orphans.length === 0 ? [] : await heard()
    if (story.last === -1 && orphans.length === 0) return unknownUser(res)
    if (!(await recordAccess(sources, req, res, 'user-events', userId))) return
    const own = readUpTo(store, streamOf(userId), begins.from ?? 0, story.last)
    const others = orphans.filter(({ revision }) => revision >= (begins.fromUnattributed ?? 0))
    const all = whileAwaited(inLogOrder(own, others), isAwaited(sources, res, userId))
    const told = lines(sources, all, ({ stream }) => (stream === UNATTRIBUTED ? 'fromUnattributed' : 'from'))
    return wantsLines(req)
      ? sendLines(res, told, limit)
      : sendPage(res, told, { path: `/users/${userId}/events`, begins, limit })
  })
}

const ofNobody = queryOf(PAGED)

/** `GET /unattributed/events`: the stream of the unattributed as recorded, whether or not somebody hears an event by now. */
export const unattributedEvents =
  (sources: Sources): RequestHandler =>
  async (req, res) => {
    const parameters = ofNobody(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const { limit, ...begins } = parameters.right
    if (!(await recordAccess(sources, req, res, 'unattributed-events', null))) return
    const told = lines(sources, sources.recorded.readStream(UNATTRIBUTED, { from: begins.from ?? 0 }), () => 'from')
    return wantsLines(req)
      ? sendLines(res, told, limit)
      : sendPage(res, told, { path: '/unattributed/events', begins, limit })
  }
