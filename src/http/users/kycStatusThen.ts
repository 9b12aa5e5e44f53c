import type { Request, RequestHandler, Response } from 'express'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import type { Question } from '../../../domain/answer/question.ts'
import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { foldingHistory } from '../../../domain/state/fold.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import { streamOf } from '../../ledger/streams.ts'
import { entityTag } from '../../readModel/entityTag.ts'
import { alteredIn, uncertainState } from '../../readModel/uncertain.ts'
import type { UserEvents } from '../../readModel/userEvents.ts'
import { sendJson } from './conditionalAnswer.ts'
import { costingUser } from './costingUser.ts'
import { isAwaited } from './erasedUser.ts'
import { folding, foldingLong } from './folding.ts'
import { folded } from './inTurns.ts'
import { isOver, knownHistory } from './knownHistory.ts'
import { settledEvents } from './settled.ts'
import { type Sources, unknownUser } from './sources.ts'

/** `nobody` where nothing was known of the user; `null` where nobody waits for it any more. */
const stateThen = async (
  userId: UserId,
  events: UserEvents,
  { asOf, knownAt }: Question,
  corrections: readonly ReceiptCorrection[],
  awaited: () => boolean,
): Promise<KycState | 'nobody' | null> => {
  const known = await knownHistory(userId, events, knownAt, corrections, asOf)
  if (known === null) return 'nobody'
  return folded(foldingHistory(userId, known.history, known.orphans, { asOf, corrections }), awaited)
}

const sendState = (sources: Pick<Sources, 'corrections'>, res: Response, state: KycState): void => {
  const body = folding(() => JSON.stringify(currentStatus(state)))
  sendJson(sources, res, entityTag(body), body)
}

/** Out of the log: what had occurred by `asOf`, as far as it was recorded by `knownAt`. */
export const answerThen = (sources: Sources, question: Question): RequestHandler => {
  const { asOf, knownAt } = question
  const answer = async (userId: UserId, _req: Request, res: Response): Promise<void> => {
    if (!(await isOver(sources, res, knownAt))) return
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
