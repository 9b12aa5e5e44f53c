import type { Application, Response } from 'express'
import { NOT_KEPT } from './headers.ts'
import { PROBLEMS, type ProblemKind, typeOf } from './problemKinds.ts'
import { tellSpanOfProblem } from './requestSpan.ts'

/** Shows a problem to a person, where it is a person who asks; gives whether it did. */
export type ShowProblem = (
  res: Response,
  kind: ProblemKind,
  detail: string,
  more: Readonly<Record<string, unknown>>,
) => boolean

const shows = new WeakMap<Application, ShowProblem>()

/** The type of a problem. It has no parameters (RFC 7807, 6.1), and some take one with `charset` for another type. */
export const PROBLEM_TYPE = 'application/problem+json'

/** Says once how problems of an application are shown to persons. */
export const showProblems = (app: Application, show: ShowProblem): void => void shows.set(app, show)

/** A problem document (RFC 9457). */
export const problemText = (
  kind: ProblemKind,
  detail: string,
  more: Readonly<Record<string, unknown>> = {},
): string => {
  const [status, title] = PROBLEMS[kind]
  return JSON.stringify({ type: typeOf(kind), title, status, detail, ...more })
}

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
  tellSpanOfProblem(res, kind)
  if (shows.get(res.app)?.(res, kind, detail, more) === true) return
  // As bytes: to a text Express would add a charset.
  res
    .status(PROBLEMS[kind][0])
    .set(NOT_KEPT)
    .type(PROBLEM_TYPE)
    .send(Buffer.from(problemText(kind, detail, more)))
}

/** 503 with the number of seconds after which another try makes sense (RFC 9110, 10.2.3). */
export const unavailable = (res: Response, kind: ProblemKind, detail: string, retryAfterSeconds = 5): void => {
  res.set('Retry-After', String(retryAfterSeconds))
  problem(res, kind, detail)
}
