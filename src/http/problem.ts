import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import { isStoreUnreachable } from '../eventStore/eventStore.ts'
import type { Logger } from '../log.ts'

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** Answers with a problem document (RFC 9457). `detail` is for a person and never repeats what was sent. */
export const problem = (res: Response, status: number, detail: string): void => {
  res
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail }))
}

/** 503 with the number of seconds after which another try makes sense (RFC 9110, 10.2.3). */
export const unavailable = (res: Response, detail: string, retryAfterSeconds = 5): void => {
  res.set('Retry-After', String(retryAfterSeconds))
  problem(res, 503, detail)
}

export const notFound: RequestHandler = (_req, res) => problem(res, 404, 'there is nothing at this path')

const DETAILS: Readonly<Record<string, string>> = {
  'entity.too.large': 'the body is larger than 1 MiB',
  'encoding.unsupported': 'the content encoding is not supported',
  'request.aborted': 'the request was broken off',
  'request.size.invalid': 'the body is not as long as announced',
}

/** The last resort: what the framework refused, as a problem; anything else is our fault, logged without its data. */
export const problemHandler =
  (log: Logger): ErrorRequestHandler =>
  (error: unknown, _req, res, _next) => {
    const { status, type, code } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
    // The client left before the end of a long answer.
    if (code === 'ERR_STREAM_PREMATURE_CLOSE') return void res.destroy()
    if (isStoreUnreachable(error) && !res.headersSent) return unavailable(res, 'the event store does not answer')
    if (typeof status === 'number' && status >= 400 && status < 500 && !res.headersSent) {
      return problem(res, status, (typeof type === 'string' && DETAILS[type]) || 'the request cannot be understood')
    }
    log.error({ error: error instanceof Error ? error.stack : 'not an Error' }, 'a request failed')
    // An answer that broke off must not look complete.
    if (res.headersSent) return void res.destroy()
    problem(res, 500, 'the service failed to answer; it has been logged')
  }
