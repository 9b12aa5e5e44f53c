import type { Request, RequestHandler, Response } from 'express'
import type { UserId } from '../../../domain/identifiers.ts'
import { streamOf } from '../../ledger/streams.ts'
import { type Uncertainty, uncertaintyOf } from '../../readModel/uncertain.ts'
import { problem, unavailable } from '../problem.ts'
import { answeredErased, answeredErasedSince } from './erasedUser.ts'
import { builtModel, refuseBehind, type Sources } from './sources.ts'
import { withUserId } from './userInPath.ts'

/** A pause after which an operator may have restored the log, in seconds. */
const RESTORED_AFTER_S = 60

/** The answer to who asks for more than a status. */
const tellUncertain = (res: Response, kind: Uncertainty): void => {
  switch (kind) {
    case 'history-damaged':
      return unavailable(res, kind, 'events of this user cannot be read: the event log is damaged', RESTORED_AFTER_S)
    case 'history-removed':
      return problem(res, kind, 'events of this user were deleted, cut off or hidden in the event store')
    case 'not-as-sealed':
      return unavailable(
        res,
        kind,
        'the log is not the one that was sealed, from before an event of this user on',
        RESTORED_AFTER_S,
      )
    case 'unreadable-event':
      return problem(res, kind, 'this version fails on an event of this user; it has been logged')
    default:
      return kind satisfies never
  }
}

/** What was read of him may have been kept after it was heard that he was erased, when all that was kept was forgotten. */
const forgetUser = ({ streams, aside }: Sources, userId: UserId): void => {
  streams.delete(userId)
  aside?.forget(userId)
}

/**
 * Hands a request about a user on, unless he was erased. Where his events cannot be read, or this version fails on them, `otherwise` answers, and
 * it is said in the log; an answer that has begun is broken off.
 */
export const costingUser = (
  sources: Sources,
  handler: (userId: UserId, req: Request, res: Response) => Promise<void>,
  otherwise: (res: Response, kind: Uncertainty, userId: UserId) => void = tellUncertain,
): RequestHandler =>
  withUserId(async (userId, req, res) => {
    try {
      if (!(await answeredErased(sources, res, userId))) await handler(userId, req, res)
    } catch (error) {
      // While he was told of he was erased: nothing is wrong with what was read.
      if (sources.erased.users.has(userId)) {
        forgetUser(sources, userId)
        return res.headersSent ? void res.destroy() : void (await answeredErased(sources, res, userId))
      }
      const uncertainty = uncertaintyOf(error)
      if (uncertainty === null) throw error
      // The projection comes to it, and tells how far he was known.
      if (!res.headersSent && builtModel(sources) === null) return refuseBehind(res)
      if (uncertainty.kind === 'history-removed' && !res.headersSent) {
        if (await answeredErasedSince(sources, res, userId)) return
      }
      sources.uncertain({ stream: streamOf(userId), ...uncertainty })
      if (res.headersSent) return void res.destroy()
      otherwise(res, uncertainty.kind, userId)
    }
  })
