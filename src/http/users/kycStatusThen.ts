import { setTimeout as delay } from 'node:timers/promises'
import type { Request, RequestHandler, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import { knownBy, type Question, readTimes, type Times } from '../../../domain/answer/question.ts'
import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { foldHistory } from '../../../domain/state/fold.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import { readHistory } from '../../../domain/state/ownHistory.ts'
import { streamOf } from '../../ledger/streams.ts'
import { entityTag } from '../../readModel/entityTag.ts'
import { alteredIn, uncertainState } from '../../readModel/uncertain.ts'
import type { UserEvents } from '../../readModel/userEvents.ts'
import { unavailable } from '../problem.ts'
import { sendJson } from './conditionalAnswer.ts'
import { costingUser } from './costingUser.ts'
import { folding, foldingLong } from './folding.ts'
import { ownReader } from './ownReader.ts'
import { settledEvents } from './settled.ts'
import { currentModel, type Sources, unknownUser } from './sources.ts'

const MILLISECOND_WAITS = 50

/** `null` where nothing was known of the user. */
const stateThen = async (
  userId: UserId,
  { own, orphans }: UserEvents,
  { asOf, knownAt }: Question,
  corrections: readonly ReceiptCorrection[],
): Promise<KycState | null> => {
  const { readOwn, history: historyOf } = ownReader(corrections)
  const whole = await historyOf(own, userId)
  const times: Times = (event) => {
    const read = readOwn(event, userId)
    return E.isRight(read) ? read.right.event : null
  }
  const known = { own: knownBy(own, knownAt, times), orphans: knownBy(orphans, knownAt, readTimes(corrections)) }
  const history = known.own === own ? whole : readHistory(userId, known.own, readOwn)
  const fold = (until: Question['asOf']) => foldHistory(userId, history, known.orphans, { asOf: until, corrections })
  return known.own.length === 0 && fold(null).events === 0 ? null : fold(asOf)
}

const sendState = (sources: Sources, res: Response, state: KycState): void => {
  const body = folding(() => JSON.stringify(currentStatus(state)))
  sendJson(sources, res, entityTag(body), body)
}

/** Out of the log: what had occurred by `asOf`, as far as it was recorded by `knownAt`. */
export const answerThen = (sources: Sources, question: Question): RequestHandler => {
  const { knownAt } = question
  const answer = async (userId: UserId, _req: Request, res: Response): Promise<void> => {
    if (currentModel(sources, res) === null) return
    // Until its millisecond is over, more may come to be known in it.
    for (let waited = 0; knownAt !== null && knownAt >= sources.now(); waited++) {
      if (waited === MILLISECOND_WAITS) return unavailable(res, 'clock-stands-still', 'the clock stands still', 1)
      await delay(1)
    }
    const events = await settledEvents(sources, res, userId)
    if (events === null) return
    const state = await foldingLong(() => stateThen(userId, events, question, sources.corrections()))
    if (state === null) return unknownUser(res)
    if (state.altered.length > 0) sources.uncertain(alteredIn(streamOf(userId), state.altered))
    sendState(sources, res, state)
  }
  return costingUser(sources, answer, (res, kind, userId) => sendState(sources, res, uncertainState(userId, kind, -1)))
}
