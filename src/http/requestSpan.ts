import type { ServerResponse } from 'node:http'
import type { Span } from '@opentelemetry/api'
import { errorTypeOf } from '../tracing/tracing.ts'

/** The span of a request, and what kind of thing was thrown while it was answered. */
interface RequestSpan {
  readonly span: Span
  thrown: string | null
}

const spans = new WeakMap<ServerResponse, RequestSpan>()

export const keepSpan = (res: ServerResponse, span: Span): RequestSpan => {
  const kept: RequestSpan = { span, thrown: null }
  spans.set(res, kept)
  return kept
}

/** Says in the span of a request, where it has one, which kind of problem it is answered with. */
export const tellSpanOfProblem = (res: ServerResponse, kind: string): void =>
  void spans.get(res)?.span.setAttribute('kyc.problem', kind)

/** Says in the span of a request that the service failed at it: by what kind of error, and no more, since a message may hold what was sent. */
export const tellSpanOfError = (res: ServerResponse, error: unknown): void => {
  const kept = spans.get(res)
  if (kept === undefined) return
  kept.thrown = errorTypeOf(error)
  kept.span.addEvent('exception', { 'exception.type': kept.thrown })
}
