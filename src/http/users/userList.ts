import type { Request, RequestHandler, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { askedAt, DRIFT_KINDS } from '../../../domain/answer/drift.ts'
import { STATUSES } from '../../../domain/answer/status.ts'
import { ANOMALY_KINDS } from '../../../domain/state/anomaly.ts'
import { KINDS_OF_NOBODY } from '../../../projections/unattributed.ts'
import type { ReadModelReader } from '../../readModel/database/reader.ts'
import { answerJson } from '../answerJson.ts'
import { meaningOf } from '../headers.ts'
import {
  changeIdParameter,
  dateParameter,
  instantParameter,
  oneOf,
  userIdParameter,
  wholeNumber,
} from '../parameters.ts'
import { problem } from '../problem.ts'
import { queryOf } from '../query.ts'
import { answerChanged } from './changedUsers.ts'
import { currentModel, type Sources } from './sources.ts'

const PAGE = 100
const PAGE_LIMIT = 1000

const query = queryOf({
  status: oneOf(STATUSES),
  reviewDueBefore: dateParameter,
  anomaly: oneOf(ANOMALY_KINDS),
  pendingSince: instantParameter,
  drift: oneOf(DRIFT_KINDS),
  erasureDueBefore: dateParameter,
  changedAfter: changeIdParameter,
  after: userIdParameter,
  afterEvent: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  limit: wholeNumber(1, PAGE_LIMIT),
})

/** The path of the next page: the same question, from there on. */
const nextPage = (req: Request, from: 'after' | 'afterEvent', last: string | number | undefined): string => {
  const next = new URLSearchParams(req.query as Record<string, string>)
  if (last !== undefined) next.set(from, String(last))
  return `/users?${next}`
}

/** Users by when they are due to go: with that, and whether a legal hold stops it. */
const answerDue = (
  req: Request,
  res: Response,
  model: ReadModelReader,
  filter: Parameters<ReadModelReader['dueUsers']>[0],
): void => {
  const found = model.dueUsers({ ...filter, limit: filter.limit + 1 })
  const users = found.slice(0, filter.limit).map((user) => ({
    ...user,
    // To the millisecond, as all times of lists; it is kept to the microsecond.
    erasureDueAt: `${user.erasureDueAt.slice(0, -'000Z'.length)}Z`,
    verified: user.status === 'validated',
  }))
  const next = found.length > filter.limit ? nextPage(req, 'after', users.at(-1)?.userId) : null
  answerJson(res, JSON.stringify({ users, next }))
}

/**
 * `GET /users?status=&reviewDueBefore=&anomaly=&pendingSince=&drift=&erasureDueBefore=&changedAfter=`: in pages, in the order of the ids as texts; `next` leads on. With
 * an anomaly alone that events of nobody can have, those follow on the users, in the order of their recording.
 */
export const userList =
  (sources: Sources): RequestHandler =>
  (req, res) => {
    const parameters = query(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const { afterEvent, erasureDueBefore, changedAfter, drift: kindOfDrift, ...others } = parameters.right
    const time = { now: sources.now(), after: sources.driftAfter }
    const filter = { ...others, drift: kindOfDrift === null ? null : askedAt(kindOfDrift, time) }
    const isAlone =
      filter.status === null &&
      filter.reviewDueBefore === null &&
      filter.pendingSince === null &&
      filter.drift === null &&
      erasureDueBefore === null
    const kind = isAlone ? (KINDS_OF_NOBODY.find((one) => one === filter.anomaly) ?? null) : null
    if (afterEvent !== null && kind === null)
      return problem(res, 'bad-parameter', `afterEvent goes alone with an anomaly of ${KINDS_OF_NOBODY.join(', ')}`)
    const isOfChanges = changedAfter !== null
    if (isOfChanges && !(isAlone && afterEvent === null && filter.anomaly === null && filter.after === null))
      return problem(res, 'bad-parameter', 'changedAfter goes with limit alone')
    const model = currentModel(sources, res)
    if (model === null) return
    res.set(meaningOf(sources.corrections()))

    const limit = filter.limit ?? PAGE
    if (isOfChanges) return answerChanged(req, res, model, changedAfter === '0' ? null : changedAfter, limit)
    if (erasureDueBefore !== null) return answerDue(req, res, model, { ...filter, erasureDueBefore, limit })
    const foundUsers = afterEvent === null ? model.users({ ...filter, limit: limit + 1 }) : []
    const users = foundUsers.slice(0, limit).map((user) => ({ ...user, verified: user.status === 'validated' }))
    const nextUsers = (): string => nextPage(req, 'after', users.at(-1)?.userId)
    if (kind === null)
      return answerJson(res, JSON.stringify({ users, next: foundUsers.length > limit ? nextUsers() : null }))

    const room = limit - users.length
    const foundEvents = model.unattributed(kind, afterEvent ?? -1, room + 1)
    const events = foundEvents.slice(0, room)
    const nextEvents = (): string => (room === 0 ? nextUsers() : nextPage(req, 'afterEvent', events.at(-1)?.revision))
    const isLast = foundUsers.length <= limit && foundEvents.length <= room
    answerJson(res, JSON.stringify({ users, events, next: isLast ? null : nextEvents() }))
  }
