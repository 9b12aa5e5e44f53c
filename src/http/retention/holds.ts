import type { Request, RequestHandler, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { UserId } from '../../../domain/identifiers.ts'
import { type Asking, type HoldRecorded, type HoldRefused, liftHold, placeHold } from '../../ledger/recordHold.ts'
import { NOT_KEPT } from '../headers.ts'
import { problem, unavailable } from '../problem.ts'
import { namedAuthor, nothingRecorded } from '../twoPersons.ts'
import { answeredErased } from '../users/erasedUser.ts'
import { LONGEST_WAIT_MS } from '../users/sources.ts'
import { withUserId } from '../users/userInPath.ts'
import { withReason } from './reasonInBody.ts'
import type { RetentionSources } from './sources.ts'

type Recording = TaskEither<HoldRefused, HoldRecorded>

/** Why nothing may be recorded, or by whom it is; answered already where it is `null`. */
const authorOf = ({ clockFault }: RetentionSources, req: Request, res: Response): string | null => {
  const by = namedAuthor(req, res, 'a hold names who placed and lifted it')
  if (by === null || clockFault() === null) return by
  nothingRecorded(res)
  return null
}

const tellRefused = (res: Response, { _tag }: HoldRefused): void => {
  switch (_tag) {
    case 'NoSuchHold':
      return problem(res, 'unknown-hold', 'this user has no hold of this number')
    case 'HoldLifted':
      return problem(res, 'hold-lifted', 'this hold was lifted before')
    default:
      return unavailable(
        res,
        'event-store-unreachable',
        'the event store does not say that it took it: look before you ask again',
      )
  }
}

/** Records it, and answers once this node shows it, or has had time to. */
const record = async (
  sources: RetentionSources,
  res: Response,
  userId: UserId,
  recording: Recording,
  status: 200 | 201,
): Promise<void> => {
  const recorded = await recording()
  if (E.isLeft(recorded)) return tellRefused(res, recorded.left)
  const { hold, position } = recorded.right
  await sources.readModel.reached(position, LONGEST_WAIT_MS)
  // It may have come too late: whoever places one must not take the records for kept.
  if (status === 201 && (await answeredErased(sources, res, userId))) return
  res.status(status).set(NOT_KEPT).json({ userId, hold, position })
}

const asking = (userId: UserId, by: string, reason: string): Asking => ({ userId, by, reason })

/** `POST /users/{userId}/holds`: places a legal hold, also on a user of whom nothing was heard yet, and on none who was erased. */
export const placeHoldOn = (sources: RetentionSources): RequestHandler =>
  withUserId((userId, req, res, next) =>
    withReason(async (reason) => {
      const by = authorOf(sources, req, res)
      if (by === null || (await answeredErased(sources, res, userId))) return
      const { recorded, now } = sources
      return record(sources, res, userId, placeHold(recorded, now, asking(userId, by, reason)), 201)
    })(req, res, next),
  )

/** `POST /users/{userId}/holds/{hold}/lift`: lifts one. When the user is due stays as the law gives it. */
export const liftHoldOf = (sources: RetentionSources): RequestHandler =>
  withUserId((userId, req, res, next) =>
    withReason((reason) => {
      const number = String(req.params['hold'])
      if (!/^(0|[1-9]\d{0,14})$/.test(number)) return problem(res, 'unknown-hold', 'a hold is a whole number')
      const by = authorOf(sources, req, res)
      if (by === null) return
      const { recorded, now } = sources
      return record(sources, res, userId, liftHold(recorded, now, Number(number), asking(userId, by, reason)), 200)
    })(req, res, next),
  )
