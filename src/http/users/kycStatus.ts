import type { RequestHandler, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Position } from '../../eventStore/recordedEvent.ts'
import { isUnaltered } from '../../readModel/entityTag.ts'
import { uncertaintyOf } from '../../readModel/uncertain.ts'
import { instantParameter, positionParameter } from '../parameters.ts'
import { problem, unavailable } from '../problem.ts'
import { queryOf } from '../query.ts'
import { sendJson } from './conditionalAnswer.ts'
import { answeredErased } from './erasedUser.ts'
import { answerThen } from './kycStatusThen.ts'
import { builtModel, LONGEST_WAIT_MS, type Sources, unknownUser } from './sources.ts'
import { withUserId } from './userInPath.ts'

/**
 * Out of the read model: what is current. While that is made, and instead of an answer that does not go with its tag, the log tells
 * it.
 */
const answerNow = (sources: Sources): RequestHandler => {
  const answerOfLog = answerThen(sources, { asOf: null, knownAt: null })
  const answerNobody = async (res: Response, userId: UserId): Promise<void> =>
    (await answeredErased(sources, res, userId)) ? undefined : unknownUser(res)
  return withUserId((userId, req, res, next) => {
    const model = builtModel(sources)
    if (model === null) return answerOfLog(req, res, next)
    // Taken before the row is read: the answer is at least as new as the position says.
    const position = sources.readModel.position()
    const answer = sources.erased.users.has(userId) ? null : model.kycAnswer(userId)
    if (answer !== null && isUnaltered(answer)) return sendJson(sources, res, answer.etag, answer.body, position)
    if (position !== null) res.set('Kyc-Position', position)
    if (answer === null) return answerNobody(res, userId)
    sources.answerAltered(userId)
    return answerOfLog(req, res, next)
  })
}

/** Up to where answers out of the log hold; `null` where that gives none. */
const endOfLog = async ({ beside }: Sources): Promise<Position | null> => {
  try {
    return (await beside())?.position ?? null
  } catch (error) {
    if (uncertaintyOf(error) === null) throw error
    return null
  }
}

/** Whether an answer given now holds all up to a position: out of the read model, or of the log while that is made. */
const comesTo = async (sources: Sources, minPosition: Position): Promise<boolean> => {
  const end = builtModel(sources) === null ? await endOfLog(sources) : null
  // It may be ready by now, and not have come as far as the log: then it is what answers.
  const isByLog = end !== null && builtModel(sources) === null
  if (isByLog && end.length === minPosition.length && end >= minPosition) return true
  return sources.readModel.reached(minPosition, LONGEST_WAIT_MS)
}

const query = queryOf({ asOf: instantParameter, knownAt: instantParameter, minPosition: positionParameter })

/** `GET /users/{userId}/kyc`, with `asOf`, `knownAt` and `minPosition`. */
export const kycStatus = (sources: Sources): RequestHandler => {
  const now = answerNow(sources)
  const behind = (res: Response): void =>
    unavailable(res, 'position-not-reached', 'the read model has not come to minPosition yet', 1)

  // Without `async`: most requests ask for what is current, and have nothing to wait for.
  return (req, res, next) => {
    const parameters = query(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const { asOf, knownAt, minPosition } = parameters.right
    if (knownAt !== null && knownAt > sources.now()) {
      return problem(res, 'future-known-at', 'knownAt lies in the future: what will be known by then is not known now')
    }
    const answer = asOf === null && knownAt === null ? now : answerThen(sources, { asOf, knownAt })
    if (minPosition === null) return answer(req, res, next)
    const position = sources.readModel.position()
    if (position !== null && minPosition.length !== position.length) {
      return problem(res, 'foreign-position', 'minPosition is not a position of this log')
    }
    return comesTo(sources, minPosition).then((comes) => (comes ? answer(req, res, next) : behind(res)))
  }
}
