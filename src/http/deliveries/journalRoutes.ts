import type { Request, RequestHandler, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { Authentication } from '../../access/authentication.ts'
import { JOURNAL_REASONS, type JournalLine } from '../../journal/entry.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Routes } from '../app.ts'
import { NOT_KEPT } from '../headers.ts'
import { onlyMethods } from '../methods.ts'
import { isOfAnotherPage } from '../ofAnotherPage.ts'
import { oneOf, wholeNumber } from '../parameters.ts'
import { problem } from '../problem.ts'
import { queryOf } from '../query.ts'
import { keyNameOf, requireAnyScope, requireScope } from '../requireScope.ts'
import { clockIsWrong } from './clockIsWrong.ts'
import { type Submitting, submittingAgain } from './submitAgain.ts'
import type { Deliveries } from './webhookEndpoint.ts'

/** What the journal is looked through with, and submitted from again. */
export interface JournalSources extends Deliveries, Submitting {
  readonly journal: Submitting['journal'] & Pick<Journal, 'lines' | 'counted'>
  readonly authentication: Authentication
}

const PAGE = 100
const anId = wholeNumber(1, Number.MAX_SAFE_INTEGER)

/** Which deliveries are listed. */
const deliveriesQuery = queryOf({
  reason: oneOf(JOURNAL_REASONS),
  open: oneOf(['true', 'false']),
  before: anId,
  limit: wholeNumber(1, 1000),
})

/** A page of the journal, and how it goes on. */
interface JournalPage {
  readonly lines: readonly JournalLine[]
  readonly next: string | null
}

/** The page of the journal that a request asks for; what is wrong with its query, otherwise. */
export const pageOf = ({ journal }: Pick<JournalSources, 'journal'>, req: Request): E.Either<string, JournalPage> => {
  const parameters = deliveriesQuery(req)
  if (E.isLeft(parameters)) return parameters
  const { reason, open, before, limit } = parameters.right
  const most = limit ?? PAGE
  const found = journal.lines({
    limit: most + 1,
    open: open === 'true',
    ...(reason === null ? {} : { reason }),
    ...(before === null ? {} : { before }),
  })
  const lines = found.slice(0, most)
  const next = new URLSearchParams(req.query as Record<string, string>)
  next.set('before', String(lines.at(-1)?.id))
  return E.right({ lines, next: found.length > most ? `/deliveries?${next}` : null })
}

/** The journal shows nothing that outsiders sent: who may send on what is in it may see it, and who may see everything. */
export const mayList = (authentication: Authentication): readonly RequestHandler[] => [
  requireAnyScope(authentication, ['journal:write', 'audit:read']),
]

const lineJson = ({ id, reason, receivedAt, lastReceivedAt, times, size, kept, doneAs, doneAt }: JournalLine) => {
  const whole = kept === size
  return { id, reason, receivedAt, lastReceivedAt, times, size, whole, doneAs, doneAt }
}

/** The deliveries that were not appended: listed, and submitted again. */
export const journalRoutes = (sources: JournalSources): Routes => {
  const { authentication, journal, clockFault } = sources
  const submit = submittingAgain(sources)
  const mayWrite = requireScope(authentication, 'journal:write')

  const list: RequestHandler = (req, res) => {
    const page = pageOf(sources, req)
    if (E.isLeft(page)) return problem(res, 'bad-parameter', page.left)
    const { lines, next } = page.right
    const { reasons, oldestOpen } = journal.counted()
    const counts = reasons.map(({ reason, open, done }) => ({ reason, open, done }))
    res.set(NOT_KEPT).json({ reasons: counts, oldestOpen, deliveries: lines.map(lineJson), next })
  }

  const refuseUnlessReceiving: RequestHandler = (req, res, next) => {
    if (authentication.isOpen && isOfAnotherPage(req))
      return problem(res, 'foreign-form', 'this is not taken from the page of another service')
    return clockFault() === null ? next() : clockIsWrong(res)
  }

  const noParameter = queryOf({})
  const one = async (req: Request, res: Response): Promise<void> => {
    const parameters = noParameter(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const id = anId.read(String(req.params['id']))
    const submitted = id === null ? null : await submit.one(id, keyNameOf(req))
    if (submitted === null) return problem(res, 'unknown-delivery', 'the journal holds no such delivery')
    res.set(NOT_KEPT).json(submitted)
  }

  const ofReason = queryOf({ reason: oneOf(JOURNAL_REASONS), after: anId })
  const all = async (req: Request, res: Response): Promise<void> => {
    const parameters = ofReason(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const { reason, after } = parameters.right
    if (reason === null) return problem(res, 'bad-parameter', `reason must be one of ${JOURNAL_REASONS.join(', ')}`)
    const together = await submit.all(reason, after ?? 0, keyNameOf(req))
    const next = together.after === null ? null : `/deliveries/resubmit?reason=${reason}&after=${together.after}`
    res.set(NOT_KEPT).json({ submitted: together.submitted, next })
  }

  const taken = onlyMethods('POST')
  return (app) => {
    app
      .route('/deliveries')
      .get(...mayList(authentication), list)
      .all(onlyMethods('GET', 'HEAD'))
    app.route('/deliveries/resubmit').post(mayWrite, refuseUnlessReceiving, all).all(taken)
    app.route('/deliveries/:id/resubmit').post(mayWrite, refuseUnlessReceiving, one).all(taken)
  }
}
