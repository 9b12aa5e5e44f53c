import type { ServerResponse } from 'node:http'
import type { Response } from 'express'
import { NOT_KEPT } from '../headers.ts'
import { PROBLEM_TYPE, problem, problemText } from '../problem.ts'
import { PROBLEMS, type ProblemKind } from '../problemKinds.ts'
import { tellSpanOfProblem } from '../requestSpan.ts'

/** The other side has so long to see the answer before the connection ends: what it was sending then is lost with it. */
const SEEN_WITHIN_MS = 500

/**
 * Answers a request whose body is not read (to its end), and ends the connection: on it the rest would come before anything else.
 * The answer is whole at once, and nothing more is read.
 */
export const refuseUnread = (
  res: ServerResponse,
  kind: ProblemKind,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): void => {
  tellSpanOfProblem(res, kind)
  const text = problemText(kind, detail)
  res.writeHead(PROBLEMS[kind][0], {
    ...NOT_KEPT,
    ...headers,
    'Content-Type': PROBLEM_TYPE,
    'Content-Length': Buffer.byteLength(text),
    Connection: 'close',
  })
  res.write(text)
  const ending = setTimeout(() => res.end(), SEEN_WITHIN_MS)
  res.once('close', () => clearTimeout(ending))
}

/** Answers with a problem, and ends the connection where the body was not read to its end. */
export const refuseBody = (
  res: Response,
  kind: ProblemKind,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): void => {
  if (!res.req.complete) return refuseUnread(res, kind, detail, headers)
  res.set(headers)
  problem(res, kind, detail)
}
