import type { Request, RequestHandler, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { Authentication } from '../../access/authentication.ts'
import type { Clock } from '../../clock/clock.ts'
import type { ClockFault } from '../../clock/nodeClock.ts'
import type { ReadModel } from '../../readModel/readModel.ts'
import type { Reconciling } from '../../reconciling/reconciling.ts'
import type { Asked } from '../../reconciling/running.ts'
import type { Routes } from '../app.ts'
import { clockIsWrong } from '../deliveries/clockIsWrong.ts'
import { NDJSON, sendText } from '../lines.ts'
import { onlyMethods } from '../methods.ts'
import { isOfAnotherPage } from '../ofAnotherPage.ts'
import { problem, unavailable } from '../problem.ts'
import { keyNameOf, requireScope } from '../requireScope.ts'
import { readSaid } from '../saidInBody.ts'
import { currentModel } from '../users/sources.ts'
import { askedIn } from './asked.ts'
import { runLines } from './runLines.ts'

/** What runs are asked for with. */
export interface ReconciliationSources {
  readonly authentication: Authentication
  readonly readModel: ReadModel
  readonly now: Clock
  readonly clockFault: () => ClockFault | null
  /** `null`: the log is not joined yet, or nothing is configured to ask the provider with. */
  readonly reconciling: () => Reconciling | null
  /** What is not configured that work of this kind needs; `null`: it may be done. */
  readonly lacks: (work: Asked['work']) => string | null
}

/** `POST /reconciliations`: has the provider asked, and tells in lines what comes of it; who hangs up breaks it off. Until `ending`. */
export const reconciliationRoutes = (sources: ReconciliationSources, ending: AbortSignal): Routes => {
  const { authentication, now, clockFault } = sources

  const answer = async (asked: Asked, req: Request, res: Response, signal: AbortSignal): Promise<void> => {
    const begun = await sources.reconciling()?.begin(asked, { by: keyNameOf(req) }, signal)
    if (begun === undefined) return unavailable(res, 'event-store-unreachable', 'the event log is not joined yet')
    if (E.isLeft(begun)) {
      const { _tag, reason } = begun.left
      if (_tag === 'Busy') return problem(res, 'reconciliation-under-way', reason)
      return unavailable(res, 'event-store-unreachable', `it could not be begun: ${reason}`)
    }
    try {
      await sendText(res, NDJSON, runLines(asked, begun.right))
    } finally {
      await begun.right.told.return({ outcome: 'broken-off', reason: null })
    }
  }

  const reconcile: RequestHandler = async (req, res) => {
    if (authentication.isOpen && isOfAnotherPage(req))
      return problem(res, 'foreign-form', 'this is not taken from the page of another service')
    const read = askedIn(req, now())
    if (E.isLeft(read)) return problem(res, 'bad-body', read.left)
    const asked = read.right
    const lacking = sources.lacks(asked.work)
    if (lacking !== null) return problem(res, 'provider-not-set', lacking)
    if (clockFault() !== null) return clockIsWrong(res)
    if (currentModel(sources, res) === null) return
    const leaving = new AbortController()
    const leave = (): void => leaving.abort()
    // The end of the answer is noticed too late: it waits for what is under way.
    req.socket.once('close', leave)
    try {
      await answer(asked, req, res, AbortSignal.any([leaving.signal, ending]))
    } finally {
      req.socket.off('close', leave)
    }
  }

  return (app) => {
    app
      .route('/reconciliations')
      .post(requireScope(authentication, 'journal:write'), readSaid, reconcile)
      .all(onlyMethods('POST'))
  }
}
