import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Request, RequestHandler, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../../domain/identifiers.ts'
import { formatMilliseconds, type Instant } from '../../../domain/instant.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { evidenceFile } from '../../evidence/file/evidenceFile.ts'
import { inclusionOf } from '../../evidence/inclusion.ts'
import { streamOf } from '../../ledger/streams.ts'
import type { SealedCheckpoint } from '../../sealing/sealedLog.ts'
import { atMost } from '../atMost.ts'
import { meaningOf, NOT_KEPT } from '../headers.ts'
import { STALLED_MS } from '../lines.ts'
import { problem, unavailable } from '../problem.ts'
import { queryOf } from '../query.ts'
import { recordAccess } from '../recordAccess.ts'
import { newestCheckpoint, notSealed } from '../seals/sources.ts'
import { costingUser } from '../users/costingUser.ts'
import { isAwaited } from '../users/erasedUser.ts'
import { readUpTo } from '../users/inLogOrder.ts'
import { HELD, hasRoom } from '../users/roomForHistory.ts'
import { settledStory } from '../users/settled.ts'
import { currentModel, unknownUser } from '../users/sources.ts'
import { type KnownEvents, knownEvents } from './knownEvents.ts'
import { type EvidenceSources, notIncluded } from './sources.ts'
import { toldOf } from './told.ts'

/** So many at a time: each folds a history. */
const AT_A_TIME = 2

const MILLISECOND_WAITS = 50

const nothing = queryOf({})

/** The present, once its millisecond is over: until then more may come to be known in it. `null` where it does not end. */
const presentOf = async ({ now }: EvidenceSources): Promise<Instant | null> => {
  const present = now()
  for (let waited = 0; present >= now(); waited++) {
    if (waited === MILLISECOND_WAITS) return null
    await delay(1)
  }
  return present
}

async function* eventsOf(
  { store }: EvidenceSources,
  userId: UserId,
  { last, orphans }: KnownEvents,
  awaited: () => boolean,
): AsyncGenerator<RecordedEvent> {
  for await (const event of readUpTo(store, streamOf(userId), 0, last)) {
    if (!awaited()) return
    yield event
  }
  yield* orphans
}

/** What is known, each event of it in the tree that was signed; `null` after it was answered why it is not. */
const sealedEvents = async (
  sources: EvidenceSources,
  res: Response,
  userId: UserId,
  knownAt: Instant,
  latest: SealedCheckpoint,
  awaited: () => boolean,
): Promise<KnownEvents | null> => {
  const story = await settledStory(sources, res, userId)
  if (story === null || !hasRoom(res, story.last + 1, HELD.evidence)) return null
  return knownEvents(sources, userId, story, knownAt, awaited, (event) => {
    const { _tag } = inclusionOf(event, latest, sources.sealed.tree)
    if (_tag === 'included') return true
    notIncluded(sources, res, event, _tag, 'the newest event of this user')
    return false
  })
}

const send = (res: Response, bytes: AsyncIterable<Uint8Array>): Promise<void> => {
  res.setTimeout(STALLED_MS, () => void (res.writableNeedDrain && res.destroy()))
  return pipeline(Readable.from(bytes, { highWaterMark: 1 }), res)
}

const tellEvidence = (sources: EvidenceSources): RequestHandler =>
  costingUser(sources, async (userId: UserId, req: Request, res: Response) => {
    const parameters = nothing(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    if (currentModel(sources, res) === null) return
    const madeAt = await presentOf(sources)
    if (madeAt === null) return unavailable(res, 'clock-stands-still', 'the clock stands still', 1)
    const latest = newestCheckpoint(sources, res)
    if (latest === null) return
    // Of a log that is not as it was sealed each event left may be proven, and what they come to may still be wrong.
    if (sources.sealed.fault() !== null) return notSealed(sources, res, 'the newest event of this user')
    // All of it by the same reading.
    const corrections = sources.corrections()
    const reading = { ...sources, corrections: () => corrections }
    const awaited = isAwaited(sources, res, userId)
    const known = await sealedEvents(reading, res, userId, madeAt, latest, awaited)
    if (known === null) return
    if (known.last === -1 && known.orphans.length === 0) return unknownUser(res)

    if (!(await recordAccess(sources, req, res, 'evidence', userId))) return
    const told = await toldOf(reading, userId, madeAt, latest, known, awaited)
    if (told === null || !awaited()) return
    const events = eventsOf(sources, userId, known, awaited)
    const time = Math.floor(madeAt / 1_000_000)
    const name = `evidence-${userId}-${formatMilliseconds(madeAt).replaceAll(/[-:]|\.\d+/g, '')}.tar`
    res
      .set({ ...NOT_KEPT, ...meaningOf(corrections), 'Content-Disposition': `attachment; filename="${name}"` })
      .type('application/x-tar')
    await send(res, evidenceFile({ checkpoint: latest, told, events, time }, sources.sealed.tree))
  })

/**
 * `GET /users/{userId}/evidence`: all that was recorded of him, as an archive that shows by itself that it is in the log
 * (docs/evidence.md). Each event in it is sealed: where the newest is not, 503 is answered and when it will be.
 */
export const evidence = (sources: EvidenceSources): RequestHandler =>
  atMost(AT_A_TIME, 'evidence files are being made', tellEvidence(sources))
