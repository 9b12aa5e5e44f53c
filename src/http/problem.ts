import type { Response } from 'express'
import { NOT_KEPT } from './headers.ts'
import { PROBLEMS, type ProblemKind, typeOf } from './problemKinds.ts'

/**
 * Answers with a problem document (RFC 9457). `detail` is for a person and never repeats what was sent; `more` are members of its
 * own that a kind has (RFC 9457, 3.2).
 */
export const problem = (
  res: Response,
  kind: ProblemKind,
  detail: string,
  more: Readonly<Record<string, unknown>> = {},
): void => {
  const [status, title] = PROBLEMS[kind]
  res
    .status(status)
    .set(NOT_KEPT)
    .type('application/problem+json')
    .send(JSON.stringify({ type: typeOf(kind), title, status, detail, ...more }))
}

/** 503 with the number of seconds after which another try makes sense (RFC 9110, 10.2.3). */
export const unavailable = (res: Response, kind: ProblemKind, detail: string, retryAfterSeconds = 5): void => {
  res.set('Retry-After', String(retryAfterSeconds))
  problem(res, kind, detail)
}
