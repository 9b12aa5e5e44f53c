import express, { type Request, type RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import { isObject } from '../../../domain/treezor/fields.ts'
import { problem } from '../problem.ts'

const BODY_LIMIT_BYTES = 1024 * 1024
const LONGEST_REASON = 500

/** Reads a body, of whatever type it says it has: what it holds is looked at by `withReason`. */
export const readReason: RequestHandler = express.raw({ type: () => true, limit: BODY_LIMIT_BYTES })

const EXPECTED = `the body must be {"reason":"…"}, a JSON object with a text of 1 to ${LONGEST_REASON} characters in one line`

/** The reason that a request gives; nothing else may stand in its body. */
const reasonOf = (req: Request): string | null => {
  const json = J.parse(Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '')
  if (E.isLeft(json) || !isObject(json.right)) return null
  const { reason, ...others } = json.right
  if (typeof reason !== 'string' || Object.keys(others).length > 0) return null
  const text = reason.trim()
  // Whatever a terminal would obey instead of showing it is no part of a reason.
  return text.length >= 1 && text.length <= LONGEST_REASON && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text) ? text : null
}

/** Hands the handler the reason out of the body; answers 400 to a body that holds none. */
export const withReason =
  (handler: (reason: string, ...asked: Parameters<RequestHandler>) => unknown): RequestHandler =>
  (req, res, next) => {
    const reason = reasonOf(req)
    return reason === null ? problem(res, 'bad-body', EXPECTED) : handler(reason, req, res, next)
  }
