import type { Request, RequestHandler, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { currentStatus } from '../../../domain/answer/currentStatus.ts'
import { statusOf } from '../../../domain/answer/status.ts'
import { confirmRelease, releasesOf, requestRelease } from '../../ledger/releases.ts'
import { answerJson } from '../answerJson.ts'
import type { Routes } from '../app.ts'
import { NOT_KEPT } from '../headers.ts'
import { onlyMethods } from '../methods.ts'
import { problem } from '../problem.ts'
import { queryOf } from '../query.ts'
import { requireAnyScope, requireScope } from '../requireScope.ts'
import { readSaid } from '../saidInBody.ts'
import { namedAuthor } from '../twoPersons.ts'
import { costingUser } from '../users/costingUser.ts'
import { isAwaited } from '../users/erasedUser.ts'
import { unknownUser } from '../users/sources.ts'
import { askedIn } from './asked.ts'
import { knownOfUser } from './knownOfUser.ts'
import { releaseJson } from './releaseJson.ts'
import { type ReleaseSources, type Taken, takeStep } from './taking.ts'

/** What says that a step of a release is somebody's. */
export const NAMES = 'a release names who asked for it and who confirmed'

/** Who may know what was asked for, and by whom. */
export const MAY_LIST = ['release:request', 'release:confirm', 'audit:read'] as const

const tell = (res: Response, status: 200 | 201, { release, state, position }: Taken): void =>
  void res
    .status(status)
    .set(NOT_KEPT)
    .json({ ...releaseJson(release), status: statusOf(state), position })

/** `POST /users/{userId}/releases`: somebody asks that a success is released that was held back. */
const requestOf = (sources: ReleaseSources): RequestHandler =>
  costingUser(sources, async (userId, req, res) => {
    const asked = askedIn(req, res)
    const by = asked === null ? null : namedAuthor(req, res, NAMES)
    if (asked === null || by === null) return
    const taken = await takeStep(sources, res, userId, (known, at) => requestRelease(known, { ...asked, by }, at))
    if (taken !== null) tell(res, taken.isNew ? 201 : 200, taken)
  })

const releaseIn = (req: Request): number => {
  const text = String(req.params['release'])
  return /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : -1
}

/** `POST /users/{userId}/releases/{release}/confirm`: somebody else confirms it, and the success is followed from now on. */
const confirmOf = (sources: ReleaseSources): RequestHandler =>
  costingUser(sources, async (userId, req, res) => {
    const by = namedAuthor(req, res, NAMES)
    if (by === null) return
    const taken = await takeStep(sources, res, userId, (known, at) => confirmRelease(known, releaseIn(req), by, at))
    if (taken !== null) tell(res, 200, taken)
  })

const nothing = queryOf({})

/** `GET /users/{userId}/releases`: what is held back, and what somebody has asked for. */
const listOf = (sources: ReleaseSources): RequestHandler =>
  costingUser(sources, async (userId, req, res) => {
    const parameters = nothing(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const known = await knownOfUser(sources, res, userId)
    if (known === null || !isAwaited(sources, res, userId)()) return
    if (known.state.events === 0) return unknownUser(res)
    const { heldBack } = currentStatus(known.state)
    answerJson(res, JSON.stringify({ userId, heldBack, releases: releasesOf(known).map(releaseJson) }))
  })

/** Releases by two persons: asked for, confirmed and listed. */
export const releaseRoutes = (sources: ReleaseSources): Routes => {
  const { authentication } = sources
  const read = requireAnyScope(authentication, MAY_LIST)
  const request = requireScope(authentication, 'release:request')
  const confirm = requireScope(authentication, 'release:confirm')
  return (app) => {
    app
      .route('/users/:userId/releases')
      .get(read, listOf(sources))
      .post(request, readSaid, requestOf(sources))
      .all(onlyMethods('GET', 'HEAD', 'POST'))
    app.route('/users/:userId/releases/:release/confirm').post(confirm, confirmOf(sources)).all(onlyMethods('POST'))
  }
}
