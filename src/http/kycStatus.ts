import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import type { RequestHandler } from 'express'
import { sequenceS } from 'fp-ts/lib/Apply.js'
import * as E from 'fp-ts/lib/Either.js'
import { currentStatus } from '../../domain/currentStatus.ts'
import { type Reading as EventReading, fold, readStoredOnce } from '../../domain/fold.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { askedAbout, type Question, type Times } from '../../domain/question.ts'
import { entityTag } from '../entityTag.ts'
import type { RecordedEvent } from '../eventStore/eventStore.ts'
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

const MILLISECOND_WAITS = 50
const EVENTS_AT_A_TIME = 100

/** Streams that were read lately are kept, and asked again. */
const readOwn = readStoredOnce()

/** The other requests get their turn while a long stream is read. */
const readInTurns = async (events: readonly RecordedEvent[], userId: UserId): Promise<void> => {
  for (const [index, event] of events.entries()) {
    readOwn(event, userId)
    if (index % EVENTS_AT_A_TIME === EVENTS_AT_A_TIME - 1) await setImmediate()
  }
}

/** Out of the log: what had occurred by `asOf`, as far as it was recorded by `knownAt`. */
const answerThen = (reading: Reading, question: Question): ReturnType<typeof withUserId> =>
  withUserId(async (userId, _req, res) => {
    if (currentModel(reading, res) === null) return
    // Until its millisecond is over, more may come to be known in it.
    for (let waited = 0; question.knownAt !== null && question.knownAt >= reading.now(); waited++) {
      if (waited === MILLISECOND_WAITS) return unavailable(res, 'the clock stands still', 1)
      await delay(1)
    }
    const events = await settledEvents(reading, res, userId)
    if (events === null) return
    const { own, orphans } = events
    await readInTurns(own, userId)
    const times: Times = (event) => E.map(({ event: read }: EventReading) => read)(readOwn(event, userId))
    if (askedAbout({ ...question, asOf: null }, own, times).length === 0) return unknownUser(res)
    const state = fold(userId, askedAbout(question, own, times), askedAbout(question, orphans), readOwn)
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
    const position = reading.readModel.position()
    if (minPosition !== null && position !== null && minPosition.length !== position.length) {
      return problem(res, 400, 'minPosition is not a position of this log')
    }
    if (minPosition !== null && !(await reading.readModel.reached(minPosition, LONGEST_WAIT_MS))) {
      return unavailable(res, 'the read model has not come to minPosition yet', 1)
    }
    const answer = asOf === null && knownAt === null ? answerNow(reading) : answerThen(reading, { asOf, knownAt })
    return answer(req, res, next)
  }
