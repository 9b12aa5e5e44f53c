import type { Request, RequestHandler, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { RecordedEvent, Revision, StreamName } from '../../eventStore/recordedEvent.ts'
import { inclusionOf } from '../../evidence/inclusion.ts'
import { streamOf, UNATTRIBUTED } from '../../ledger/streams.ts'
import { formatProof } from '../../tlog/proof.ts'
import { answerText } from '../answerText.ts'
import { ASKED_EACH_TIME } from '../headers.ts'
import { wholeNumber } from '../parameters.ts'
import { problem } from '../problem.ts'
import { queryOf } from '../query.ts'
import { newestCheckpoint } from '../seals/sources.ts'
import { costingUser } from '../users/costingUser.ts'
import { type EvidenceSources, notIncluded } from './sources.ts'

const nothing = queryOf({})

const aRevision = wholeNumber(0, Number.MAX_SAFE_INTEGER)

const readEvent = async (
  { store }: EvidenceSources,
  stream: StreamName,
  from: Revision,
): Promise<RecordedEvent | undefined> => {
  const [event] = await Array.fromAsync(store.readStream(stream, { from, limit: 1 }))
  return event?.revision === from ? event : undefined
}

const answer = async (sources: EvidenceSources, stream: StreamName, req: Request, res: Response): Promise<void> => {
  const parameters = nothing(req)
  if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
  const revision = aRevision.read(String(req.params.revision))
  const event = revision === null ? undefined : await readEvent(sources, stream, revision)
  if (event === undefined) return problem(res, 'unknown-event', 'no event stands at this revision')
  const latest = newestCheckpoint(sources, res)
  if (latest === null) return
  const inclusion = inclusionOf(event, latest, sources.sealed.tree)
  if (inclusion._tag !== 'included') return notIncluded(sources, res, event, inclusion._tag)
  const { index, proof } = inclusion
  const checkpoint = latest.signed + latest.cosignatures
  answerText(res, formatProof({ index, inclusion: proof, checkpoint }), ASKED_EACH_TIME)
}

/**
 * `GET /users/{userId}/events/{revision}/proof`: that this event of his stream is in the log, over the newest checkpoint
 * (C2SP tlog-proof). It holds nothing of what the event says.
 */
export const eventProof = (sources: EvidenceSources): RequestHandler =>
  costingUser(sources, (userId, req, res) => answer(sources, streamOf(userId), req, res))

/** `GET /unattributed/events/{revision}/proof`: the same of an event that names no user. */
export const unattributedProof =
  (sources: EvidenceSources): RequestHandler =>
  (req, res) =>
    answer(sources, UNATTRIBUTED, req, res)
