import type { Request, RequestHandler } from 'express'
import { problem } from '../problem.ts'
import { A_LINE, lineIn, membersOfBody } from '../saidInBody.ts'

/** What somebody says when he takes a step. */
export interface Said {
  readonly reason: string
  /** By whose order, where no rule allows it yet. */
  readonly authority: string | null
}

const saidIn = (req: Request, mayOrder: boolean): Said | null => {
  const members = membersOfBody(req)
  if (members === null) return null
  const { reason: said, authority: order, ...others } = members
  const reason = lineIn(said)
  const authority = order === undefined ? null : lineIn(order)
  const isKnown = Object.keys(others).length === 0 && (order === undefined || (mayOrder && authority !== null))
  return reason === null || !isKnown ? null : { reason, authority }
}

/** Hands the handler what the body says; answers 400 to one that says something else. */
export const withSaid =
  (mayOrder: boolean, handler: (said: Said, ...asked: Parameters<RequestHandler>) => unknown): RequestHandler =>
  (req, res, next) => {
    const said = saidIn(req, mayOrder)
    const members = mayOrder ? '{"reason":"…"}, or with "authority":"…" as well, each' : '{"reason":"…"},'
    return said === null
      ? problem(res, 'bad-body', `the body must be a JSON object ${members} ${A_LINE}`)
      : handler(said, req, res, next)
  }
