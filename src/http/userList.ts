import type { RequestHandler } from 'express'
import { sequenceS } from 'fp-ts/lib/Apply.js'
import * as E from 'fp-ts/lib/Either.js'
import { ANOMALY_KINDS } from '../../domain/anomaly.ts'
import { STATUSES } from '../../domain/currentStatus.ts'
import { dateParameter, oneOf, unknownParameter, userIdParameter, wholeNumber } from './parameters.ts'
import { problem } from './problem.ts'
import { currentModel, type Reading } from './reading.ts'

const PAGE_USERS = 100
const PAGE_USERS_LIMIT = 1000

const read = {
  status: oneOf(STATUSES),
  reviewDueBefore: dateParameter,
  anomaly: oneOf(ANOMALY_KINDS),
  after: userIdParameter,
  limit: wholeNumber(1, PAGE_USERS_LIMIT),
}

/** `GET /users?status=&reviewDueBefore=&anomaly=`: in pages, in the order of the ids as texts; `next` leads on. */
export const userList =
  (reading: Reading): RequestHandler =>
  (req, res) => {
    const unknown = unknownParameter(req, Object.keys(read))
    if (unknown !== null) return problem(res, 400, unknown)
    const parameters = sequenceS(E.Apply)({
      status: read.status(req, 'status'),
      reviewDueBefore: read.reviewDueBefore(req, 'reviewDueBefore'),
      anomaly: read.anomaly(req, 'anomaly'),
      after: read.after(req, 'after'),
      limit: read.limit(req, 'limit'),
    })
    if (E.isLeft(parameters)) return problem(res, 400, parameters.left)
    const model = currentModel(reading, res)
    if (model === null) return

    const limit = parameters.right.limit ?? PAGE_USERS
    const page = model.users({ ...parameters.right, limit: limit + 1 })
    const users = page.slice(0, limit).map((user) => ({ ...user, verified: user.status === 'validated' }))
    const last = users.at(-1)
    const query = new URLSearchParams(req.query as Record<string, string>)
    if (last !== undefined) query.set('after', last.userId)
    res.json({ users, next: page.length > limit ? `/users?${query}` : null })
  }
