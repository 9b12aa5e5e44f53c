import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { isUserId, type UserId } from '../../../domain/identifiers.ts'
import { problem } from '../problem.ts'

/** Hands the handler a user id out of the path; answers 400 to an id that cannot be one. */
export const withUserId =
  (handler: (userId: UserId, req: Request, res: Response, next: NextFunction) => unknown): RequestHandler =>
  (req, res, next) => {
    const userId = String(req.params.userId)
    return isUserId(userId)
      ? handler(userId, req, res, next)
      : problem(res, 'bad-user-id', 'a user id is a positive whole number without leading zeros')
  }
