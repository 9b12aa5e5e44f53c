import type { Request, RequestHandler, Response } from 'express'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import type { Question } from '../../../domain/answer/question.ts'
import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import { streamOf } from '../../ledger/streams.ts'
import { entityTag } from '../../readModel/entityTag.ts'
import { alteredIn, uncertainState } from '../../readModel/uncertain.ts'
import type { Aside } from './aside/askAside.ts'
import type { StatusTold } from './aside/words.ts'
import { sendJson } from './conditionalAnswer.ts'
import { costingUser } from './costingUser.ts'
import { isAwaited } from './erasedUser.ts'
import { folding, foldingLong } from './folding.ts'
import { isOver } from './isOver.ts'
import { HELD, hasRoom } from './roomForHistory.ts'
import { settledEvents, settledStory } from './settled.ts'
import { builtModel, type Sources, unknownUser } from './sources.ts'
import { stateThen } from './stateThen.ts'

const sendState = (sources: Pick<Sources, 'corrections'>, res: Response, state: KycState): void => {
  const body = folding(() => JSON.stringify(currentStatus(state)))
  sendJson(sources, res, entityTag(body), body)
}

const told = (
  sources: Sources,
  res: Response,
  userId: UserId,
  { body, etag, altered }: Exclude<StatusTold, 'nobody'>,
  corrections: readonly ReceiptCorrection[],
): void => {
  if (altered.length > 0) sources.uncertain(alteredIn(streamOf(userId), altered))
  sendJson({ corrections: () => corrections }, res, etag, body)
}

/** Whether it was answered by a thread beside this one, or nobody waits for it any more. */
const answeredAside = async (
  sources: Sources,
  aside: Aside,
  res: Response,
  userId: UserId,
  question: Question,
): Promise<boolean> => {
  const story = await settledStory(sources, res, userId)
  if (story === null) return true
  const { last, orphans, corrections } = story
  if (!hasRoom(res, last + 1, HELD.status)) return true
  const awaited = isAwaited(sources, res, userId)
  const answer = await aside.status(
    res,
    { userId, last, orphans, readModel: sources.readModel.file(), ...question },
    corrections,
  )
  if (!awaited()) return true
  if (answer === null) return false
  if (answer === 'nobody') unknownUser(res)
  else told(sources, res, userId, answer, corrections)
  return true
}

/** Out of the log: what had occurred by `asOf`, as far as it was recorded by `knownAt`. */
export const answerThen = (sources: Sources, question: Question): RequestHandler => {
  const { asOf, knownAt } = question
  const answer = async (userId: UserId, _req: Request, res: Response): Promise<void> => {
    if (!(await isOver(sources, res, knownAt))) return
    const { aside } = sources
    const isAside = aside !== null && builtModel(sources) !== null
    if (isAside && (await answeredAside(sources, aside, res, userId, question))) return
    const events = await settledEvents(sources, res, userId)
    if (events === null) return
    const { corrections, position } = events
    const awaited = isAwaited(sources, res, userId)
    const state = await foldingLong(() => stateThen(userId, events, question, corrections, awaited))
    if (state === null || !awaited()) return
    if (position !== null && asOf === null && knownAt === null) res.set('Kyc-Position', position)
    if (state === 'nobody') return unknownUser(res)
    if (state.altered.length > 0) sources.uncertain(alteredIn(streamOf(userId), state.altered))
    sendState({ corrections: () => corrections }, res, state)
  }
  return costingUser(sources, answer, (res, kind, userId) => sendState(sources, res, uncertainState(userId, kind, -1)))
}
