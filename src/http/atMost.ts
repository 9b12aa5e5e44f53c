import type { RequestHandler } from 'express'
import { unavailable } from './problem.ts'

/** Hands on so many requests at a time, each of which folds a history; any more are answered 503. `what` are made, in the plural. */
export const atMost = (most: number, what: string, handler: RequestHandler): RequestHandler => {
  let underWay = 0
  return async (req, res, next) => {
    if (underWay === most) return unavailable(res, 'too-many-histories', `too many ${what}`, 1)
    underWay += 1
    try {
      await handler(req, res, next)
    } finally {
      underWay -= 1
    }
  }
}
