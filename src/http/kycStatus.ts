import { setTimeout as delay } from 'node:timers/promises'
import type { RequestHandler } from 'express'
import { sequenceS } from 'fp-ts/lib/Apply.js'
import * as E from 'fp-ts/lib/Either.js'
import { currentStatus } from '../../domain/currentStatus.ts'
import { fold } from '../../domain/fold.ts'
import { readEventOnce } from '../../domain/kycEvent.ts'
import { askedAbout, type Question } from '../../domain/question.ts'
import { entityTag } from '../entityTag.ts'
import { instantParameter, positionParameter, unknownParameter, withUserId } from './parameters.ts'
import { problem, unavailable } from './problem.ts'
import { currentModel, LONGEST_WAIT_MS, type Reading, sendJson, settledEvents, unknownUser } from './reading.ts'

/** Out of the read model: what is current. */
const answerNow = (reading: Reading): ReturnType<typeof withUserId> =>
  withUserId((userId, _req, res) => {
    const model = currentModel(reading, res)
    if (model === null) return
    // Taken before the row is read: the answer is at least as new as the position says.
    const position = reading.readModel.position()
    const answer = model.kycAnswer(userId)
    if (position !== null) res.set('Kyc-Position', position)
    if (answer === null) return unknownUser(res)
    sendJson(res, answer.etag, answer.body)
  })

/** Streams that were read lately are kept, and asked again. */
const decode = readEventOnce()

/** Out of the log: what had occurred by `asOf`, as far as it was recorded by `knownAt`. */
const answerThen = (reading: Reading, question: Question): ReturnType<typeof withUserId> =>
  withUserId(async (userId, _req, res) => {
    if (currentModel(reading, res) === null) return
    // Until its millisecond is over, more may come to be known in it.
    while (question.knownAt !== null && question.knownAt >= reading.now()) await delay(1)
    const events = await settledEvents(reading, res, userId)
    if (events === null) return
    const { own, orphans } = events
    if (askedAbout({ ...question, asOf: null }, own, decode).length === 0) return unknownUser(res)
    const state = fold(userId, askedAbout(question, own, decode), askedAbout(question, orphans, decode), decode)
    const body = JSON.stringify(currentStatus(state))
    sendJson(res, entityTag(body), body)
  })

/** `GET /users/{userId}/kyc`, with `asOf`, `knownAt` and `minPosition`. */
export const kycStatus =
  (reading: Reading): RequestHandler =>
  async (req, res, next) => {
    const unknown = unknownParameter(req, ['asOf', 'knownAt', 'minPosition'])
    if (unknown !== null) return problem(res, 400, unknown)
    const parameters = sequenceS(E.Apply)({
      asOf: instantParameter(req, 'asOf'),
      knownAt: instantParameter(req, 'knownAt'),
      minPosition: positionParameter(req, 'minPosition'),
    })
    if (E.isLeft(parameters)) return problem(res, 400, parameters.left)
    const { asOf, knownAt, minPosition } = parameters.right
    if (knownAt !== null && knownAt > reading.now()) {
      return problem(res, 400, 'knownAt lies in the future: what will be known by then is not known now')
    }
    if (minPosition !== null && !(await reading.readModel.reached(minPosition, LONGEST_WAIT_MS))) {
      return unavailable(res, 'the read model has not come to minPosition yet', 1)
    }
    const answer = asOf === null && knownAt === null ? answerNow(reading) : answerThen(reading, { asOf, knownAt })
    return answer(req, res, next)
  }
