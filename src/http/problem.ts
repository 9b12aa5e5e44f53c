import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import { isStoreDamaged, isStoreUnreachable } from '../eventStore/readFailure.ts'
import type { Logger } from '../log/log.ts'
import { isReadModelDamaged } from '../readModel/damagedReadModel.ts'
import { NOT_KEPT } from './json.ts'
import { PROBLEMS, type ProblemKind, typeOf } from './problemKinds.ts'

/** Answers with a problem document (RFC 9457). `detail` is for a person and never repeats what was sent. */
export const problem = (res: Response, kind: ProblemKind, detail: string): void => {
  const [status, title] = PROBLEMS[kind]
  res
    .status(status)
    .set(NOT_KEPT)
    .type('application/problem+json')
    .send(JSON.stringify({ type: typeOf(kind), title, status, detail }))
}

/** 503 with the number of seconds after which another try makes sense (RFC 9110, 10.2.3). */
export const unavailable = (res: Response, kind: ProblemKind, detail: string, retryAfterSeconds = 5): void => {
  res.set('Retry-After', String(retryAfterSeconds))
  problem(res, kind, detail)
}

export const notFound: RequestHandler = (_req, res) => problem(res, 'unknown-path', 'there is nothing at this path')

/** The last handler of a route: the methods that it knows (RFC 9110, 10.2.1), to who asks for them or takes another. */
export const onlyMethods =
  (...allowed: readonly string[]): RequestHandler =>
  (req, res) => {
    res.set('Allow', allowed.join(', '))
    if (req.method === 'OPTIONS') return void res.status(204).set(NOT_KEPT).end()
    problem(res, 'method-not-allowed', `this path knows ${allowed.join(', ')}`)
  }

const FROM_FRAMEWORK: Readonly<Record<string, readonly [kind: ProblemKind, detail: string]>> = {
  'entity.too.large': ['body-too-large', 'the body is larger than 1 MiB'],
  'encoding.unsupported': ['unsupported-encoding', 'the content encoding is not supported'],
  'request.aborted': ['unreadable-request', 'the request was broken off'],
  'request.size.invalid': ['unreadable-request', 'the body is not as long as announced'],
}

/** The last resort: what the framework refused, as a problem; anything else is our fault, logged without its data. */
export const problemHandler =
  (log: Logger): ErrorRequestHandler =>
  (error: unknown, _req, res, _next) => {
    const { status, type, code } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
    // The client left before the end of a long answer.
    if (code === 'ERR_STREAM_PREMATURE_CLOSE') return void res.destroy()
    if (isStoreUnreachable(error) && !res.headersSent) {
      return unavailable(res, 'event-store-unreachable', 'the event store does not answer')
    }
    if (isReadModelDamaged(error) && !res.headersSent) {
      return unavailable(res, 'read-model-behind', 'the read model is made anew from the log', 1)
    }
    if (isStoreDamaged(error) && !res.headersSent) {
      log.error({ reason: error.message }, 'a request failed: the event log is damaged')
      return unavailable(res, 'history-damaged', 'events cannot be read: the event log is damaged')
    }
    if (typeof status === 'number' && status >= 400 && status < 500 && !res.headersSent) {
      const known = typeof type === 'string' && Object.hasOwn(FROM_FRAMEWORK, type) ? FROM_FRAMEWORK[type] : undefined
      const [kind, detail] = known ?? (['unreadable-request', 'the request cannot be understood'] as const)
      return problem(res, kind, detail)
    }
    log.error({ error: error instanceof Error ? error.stack : 'not an Error' }, 'a request failed')
    // An answer that broke off must not look complete.
    if (res.headersSent) return void res.destroy()
    problem(res, 'internal-error', 'the service failed to answer; it has been logged')
  }
