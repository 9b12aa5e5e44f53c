import express, { type Request, type RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import { isObject } from '../../../domain/treezor/fields.ts'
import { problem } from '../problem.ts'

const BODY_LIMIT_BYTES = 64 * 1024
const LONGEST_TEXT = 500

/** Reads a body, of whatever type it says it has. */
export const readAsked: RequestHandler = express.raw({ type: () => true, limit: BODY_LIMIT_BYTES })

/** What somebody says when he takes a step. */
export interface Said {
  readonly reason: string
  /** By whose order, where no rule allows it yet. */
  readonly authority: string | null
}

const textIn = (value: unknown): string | null => {
  const text = typeof value === 'string' ? value.trim() : ''
  // Whatever a terminal would obey instead of showing it is no part of a reason.
  return text.length >= 1 && text.length <= LONGEST_TEXT && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text) ? text : null
}

const saidIn = (req: Request, mayOrder: boolean): Said | null => {
  const json = J.parse(Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '')
  if (E.isLeft(json) || !isObject(json.right)) return null
  const { reason: said, authority: order, ...others } = json.right
  const reason = textIn(said)
  const authority = order === undefined ? null : textIn(order)
  const isKnown = Object.keys(others).length === 0 && (order === undefined || (mayOrder && authority !== null))
  return reason === null || !isKnown ? null : { reason, authority }
}

const TEXT = `a text of 1 to ${LONGEST_TEXT} characters in one line`

/** Hands the handler what the body says; answers 400 to one that says something else. */
export const withSaid =
  (mayOrder: boolean, handler: (said: Said, ...asked: Parameters<RequestHandler>) => unknown): RequestHandler =>
  (req, res, next) => {
    const said = saidIn(req, mayOrder)
    const members = mayOrder ? '{"reason":"…"}, or with "authority":"…" as well, each' : '{"reason":"…"},'
    return said === null
      ? problem(res, 'bad-body', `the body must be a JSON object ${members} ${TEXT}`)
      : handler(said, req, res, next)
  }
