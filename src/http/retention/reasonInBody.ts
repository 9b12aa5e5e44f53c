import type { Request, RequestHandler } from 'express'
import { problem } from '../problem.ts'
import { A_LINE, lineIn, membersOfBody } from '../saidInBody.ts'

/** The reason that a request gives; nothing else may stand in its body. */
const reasonOf = (req: Request): string | null => {
  const { reason, ...others } = membersOfBody(req) ?? {}
  return Object.keys(others).length > 0 ? null : lineIn(reason)
}

/** Hands the handler the reason out of the body; answers 400 to a body that holds none. */
export const withReason =
  (handler: (reason: string, ...asked: Parameters<RequestHandler>) => unknown): RequestHandler =>
  (req, res, next) => {
    const reason = reasonOf(req)
    return reason === null
      ? problem(res, 'bad-body', `the body must be {"reason":"…"}, a JSON object with ${A_LINE}`)
      : handler(reason, req, res, next)
  }
