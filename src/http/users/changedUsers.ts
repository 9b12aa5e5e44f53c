import type { Request, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { ReadModelReader } from '../../readModel/database/reader.ts'
import { answerJson } from '../answerJson.ts'
import { refuseChanges } from '../refuseChanges.ts'

/**
 * Users by when what is told of them changed, as `GET /changes` tells; one who was erased as well. `changed` is the id behind which who
 * asks again is told what changed meanwhile.
 */
export const answerChanged = (
  req: Request,
  res: Response,
  model: ReadModelReader,
  after: string | null,
  limit: number,
): void => {
  const found = model.changes(after, limit + 1)
  if (E.isLeft(found)) return refuseChanges(res, found.left)
  const users = found.right.slice(0, limit).map(({ id, userId, status, since, nextReviewDate }) => ({
    userId,
    status,
    since,
    nextReviewDate,
    verified: status === 'validated',
    changed: id,
  }))
  const last = users.at(-1)?.changed
  const next = new URLSearchParams({ ...(req.query as Record<string, string>), changedAfter: last ?? '' })
  answerJson(res, JSON.stringify({ users, next: found.right.length > limit ? `/users?${next}` : null }))
}
