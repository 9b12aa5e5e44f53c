import express, { type Request, type RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import { isObject } from '../../domain/treezor/fields.ts'

const BODY_LIMIT_BYTES = 64 * 1024
const LONGEST_LINE = 500

/** Reads a body, of whatever type it says it has, of at most 64 KiB. */
export const readSaid: RequestHandler = express.raw({ type: () => true, limit: BODY_LIMIT_BYTES })

/** What a line has to be that somebody gives for a step that is recorded. */
export const A_LINE = `a text of 1 to ${LONGEST_LINE} characters in one line`

/** A line without blanks around it; `null` for anything else. Whatever a terminal would obey instead of showing it is no part of one. */
export const lineIn = (value: unknown): string | null => {
  const text = typeof value === 'string' ? value.trim() : ''
  return text.length >= 1 && text.length <= LONGEST_LINE && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text) ? text : null
}

/** The members of the JSON object that a body is; `null` where it is none. */
export const membersOfBody = (req: Request): Readonly<Record<string, unknown>> | null => {
  const json = J.parse(Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '')
  return E.isRight(json) && isObject(json.right) ? json.right : null
}
