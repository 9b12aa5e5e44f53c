import type { ServerResponse } from 'node:http'
import type { ErrorRequestHandler, Response } from 'express'
import { isStoreDamaged, isStoreUnreachable } from '../eventStore/readFailure.ts'
import { isJournalUnreadable } from '../journal/unreadable.ts'
import type { Logger } from '../log/log.ts'
import { isReadModelDamaged } from '../readModel/damagedReadModel.ts'
import { NOT_KEPT } from './headers.ts'
import { PROBLEM_TYPE, problem, problemText, unavailable } from './problem.ts'
import { PROBLEMS, type ProblemKind } from './problemKinds.ts'
import { tellSpanOfError } from './requestSpan.ts'

/** What Express and its body parser call an error that is the client's, by its `type`. */
const FROM_FRAMEWORK: Readonly<Record<string, readonly [kind: ProblemKind, detail: string]>> = {
  'entity.too.large': ['body-too-large', 'the body is larger than it may be'],
  'encoding.unsupported': ['unsupported-encoding', 'the content encoding is not supported'],
  'request.aborted': ['unreadable-request', 'the request was broken off'],
  'request.size.invalid': ['unreadable-request', 'the body is not as long as announced'],
}

/** What the framework refused, as a problem; anything else is our fault, logged without its data. */
const answerError =
  (log: Logger) =>
  (error: unknown, res: Response): void => {
    const { status, type, code } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
    // The client left before the end of a long answer, or before its beginning.
    if (code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ERR_STREAM_UNABLE_TO_PIPE') return void res.destroy()
    if (isStoreUnreachable(error) && !res.headersSent) {
      return unavailable(res, 'event-store-unreachable', 'the event store does not answer')
    }
    if (isReadModelDamaged(error) && !res.headersSent) {
      return unavailable(res, 'read-model-behind', 'the read model is made anew from the log', 1)
    }
    if (isJournalUnreadable(error) && !res.headersSent) {
      log.error({ reason: (error as Error).message }, 'a request failed: the journal is damaged')
      return unavailable(res, 'journal-unreadable', 'the journal of deliveries that were not appended cannot be read')
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
    tellSpanOfError(res, error)
    log.error({ error: error instanceof Error ? error.stack : 'not an Error' }, 'a request failed')
    // An answer that broke off must not look complete.
    if (res.headersSent) return void res.destroy()
    problem(res, 'internal-error', 'the service failed to answer; it has been logged')
  }

/** A problem out of nothing that may fail as well: no page, no span, and no headers of before. */
const answerBarely = (res: ServerResponse): void => {
  if (res.headersSent) return void res.destroy()
  for (const name of res.getHeaderNames()) res.removeHeader(name)
  const text = problemText('internal-error', 'the service failed to answer')
  res
    .writeHead(PROBLEMS['internal-error'][0], {
      ...NOT_KEPT,
      'Content-Type': PROBLEM_TYPE,
      'Content-Length': Buffer.byteLength(text),
    })
    .end(text)
}

/** The last resort, which never throws: an error that comes to it is answered, even where the answer to it fails. */
export const problemHandler = (log: Logger): ErrorRequestHandler => {
  const answer = answerError(log)
  return (error: unknown, _req, res, _next) => {
    try {
      answer(error, res)
    } catch (failure) {
      answerBarely(res)
      try {
        log.error(
          { error: failure instanceof Error ? failure.stack : 'not an Error' },
          'a request could not be answered',
        )
      } catch {
        // It may be the log that fails.
      }
    }
  }
}
