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
import { entityTag } from '../../readModel/entityTag.ts'
import { uncertainState } from '../../readModel/uncertain.ts'
import type { UserEvents } from '../../readModel/userEvents.ts'
import { instantParameter, positionParameter } from '../parameters.ts'
import { problem, unavailable } from '../problem.ts'
import { queryOf } from '../query.ts'
import { ownReader } from './ownHistory.ts'
import { currentModel, LONGEST_WAIT_MS, type Reading, sendJson, settledEvents, unknownUser } from './reading.ts'
import { costingUser, folding, foldingLong } from './uncertain.ts'
import { withUserId } from './userInPath.ts'

/** Out of the read model: what is current. */
const answerNow = (reading: Reading): ReturnType<typeof withUserId> =>
  withUserId((userId, _req, res) => {
    const model = currentModel(reading, res)
    if (model === null) return
    // Taken before the row is read: the answer is at least as new as the position says.
    const position = reading.readModel.position()
    const answer = model.kycAnswer(userId)
    if (answer !== null) return sendJson(reading, res, answer.etag, answer.body, position)
    if (position !== null) res.set('Kyc-Position', position)
    unknownUser(res)
  })

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

const sendState = (reading: Reading, res: Response, state: KycState): void => {
  const body = folding(() => JSON.stringify(currentStatus(state)))
  sendJson(reading, res, entityTag(body), body)
}

/** Out of the log: what had occurred by `asOf`, as far as it was recorded by `knownAt`. */
const answerThen = (reading: Reading, question: Question): RequestHandler => {
  const { knownAt } = question
  const answer = async (userId: UserId, _req: Request, res: Response): Promise<void> => {
    if (currentModel(reading, res) === null) return
    // Until its millisecond is over, more may come to be known in it.
    for (let waited = 0; knownAt !== null && knownAt >= reading.now(); waited++) {
      if (waited === MILLISECOND_WAITS) return unavailable(res, 'clock-stands-still', 'the clock stands still', 1)
      await delay(1)
    }
    const events = await settledEvents(reading, res, userId)
    if (events === null) return
    const state = await foldingLong(() => stateThen(userId, events, question, reading.corrections()))
    if (state === null) return unknownUser(res)
    sendState(reading, res, state)
  }
  return costingUser(reading, answer, (res, kind, userId) => sendState(reading, res, uncertainState(userId, kind, -1)))
}

const query = queryOf({ asOf: instantParameter, knownAt: instantParameter, minPosition: positionParameter })

/** `GET /users/{userId}/kyc`, with `asOf`, `knownAt` and `minPosition`. */
export const kycStatus = (reading: Reading): RequestHandler => {
  const now = answerNow(reading)
  const behind = (res: Response): void =>
    unavailable(res, 'position-not-reached', 'the read model has not come to minPosition yet', 1)

  // Without `async`: most requests ask for what is current, and have nothing to wait for.
  return (req, res, next) => {
    const parameters = query(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const { asOf, knownAt, minPosition } = parameters.right
    if (knownAt !== null && knownAt > reading.now()) {
      return problem(res, 'future-known-at', 'knownAt lies in the future: what will be known by then is not known now')
    }
    const answer = asOf === null && knownAt === null ? now : answerThen(reading, { asOf, knownAt })
    if (minPosition === null) return answer(req, res, next)
    const position = reading.readModel.position()
    if (position !== null && minPosition.length !== position.length) {
      return problem(res, 'foreign-position', 'minPosition is not a position of this log')
    }
    return reading.readModel
      .reached(minPosition, LONGEST_WAIT_MS)
      .then((reached) => (reached ? answer(req, res, next) : behind(res)))
  }
}
