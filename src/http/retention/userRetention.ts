import type { RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../../domain/identifiers.ts'
import { formatMilliseconds, type Instant } from '../../../domain/instant.ts'
import type { StandingHold } from '../../../domain/retention/hold.ts'
import { mayErase } from '../../../domain/retention/mayErase.ts'
import type { RetentionPolicy } from '../../../domain/retention/policy.ts'
import { retentionClock } from '../../../domain/retention/retentionClock.ts'
import type { UserRetention } from '../../readModel/database/retentionReader.ts'
import { answerJson } from '../answerJson.ts'
import { problem } from '../problem.ts'
import { queryOf } from '../query.ts'
import { answeredErased } from '../users/erasedUser.ts'
import { currentModel, unknownUser } from '../users/sources.ts'
import { withUserId } from '../users/userInPath.ts'
import type { RetentionSources } from './sources.ts'

const holdView = ({ hold, placed }: StandingHold) => ({
  hold,
  placedAt: placed === null ? null : formatMilliseconds(placed.at),
  by: placed?.by ?? null,
  reason: placed?.reason ?? null,
})

/** How long a user is kept, as it is shown; times in RFC 3339, UTC. */
export const retentionView = (
  userId: UserId,
  { facts, holds }: UserRetention,
  policy: RetentionPolicy | null,
  now: Instant,
) => {
  const clock = policy === null ? null : retentionClock(facts, policy)
  const running = clock?._tag === 'Running' ? clock : null
  const may = mayErase(facts, policy, holds, now)
  return {
    userId,
    rule: facts.basis?.rule ?? null,
    since: facts.basis === null ? null : formatMilliseconds(facts.basis.since),
    countries: facts.countries,
    period: running?.period.text ?? null,
    country: running?.country ?? null,
    erasureDueAt: running === null ? null : formatMilliseconds(running.dueAt),
    mayBeErased: E.isRight(may),
    /** The rule that forbids it. */
    why: E.isLeft(may) ? may.left : null,
    anomalies: clock?._tag === 'Stopped' ? clock.anomalies : facts.anomalies,
    holds: holds.map(holdView),
  }
}

export type RetentionView = ReturnType<typeof retentionView>

const query = queryOf({})

/** `GET /users/{userId}/retention`: from when on his records are due to go, and what stops that. */
export const userRetention = (sources: RetentionSources): RequestHandler =>
  withUserId(async (userId, req, res) => {
    const parameters = query(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const model = currentModel(sources, res)
    if (model === null) return
    if (await answeredErased(sources, res, userId)) return
    const known = model.retentionOf(userId)
    if (known === null) return unknownUser(res)
    answerJson(res, JSON.stringify(retentionView(userId, known, sources.retention, sources.now())))
  })
