import type { Request, RequestHandler, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Authentication } from '../../access/authentication.ts'
import type { Asking, StepRefused } from '../../erasing/asking.ts'
import type { AskingForDue } from '../../erasing/askingForDue.ts'
import type { KnownErasures } from '../../erasing/knownErasures.ts'
import { isStoreUnreachable } from '../../eventStore/readFailure.ts'
import type { Actor } from '../../ledger/erasures.ts'
import type { Routes } from '../app.ts'
import { NOT_KEPT } from '../headers.ts'
import { onlyMethods } from '../methods.ts'
import { problem, unavailable } from '../problem.ts'
import { requireScope } from '../requireScope.ts'
import { readSaid } from '../saidInBody.ts'
import { namedAuthor, tellSamePerson } from '../twoPersons.ts'
import { answeredErased, type ErasureSources } from '../users/erasedUser.ts'
import { withUserId } from '../users/userInPath.ts'
import { withSaid } from './asked.ts'
import { erasureJson } from './erasureJson.ts'
import { openErasures } from './openErasures.ts'

/** What the steps of erasures are taken with. */
export interface ErasingSources extends ErasureSources {
  readonly authentication: Authentication
  readonly known: KnownErasures
  readonly asking: Asking
  readonly askingForDue: AskingForDue
  /** Whether this node keeps the tree of the log, which an erasure needs. */
  readonly isSealed: boolean
  /** Has these carried out at once. */
  readonly begin: (erasures: readonly number[]) => void
}

const NOT_SEALED =
  'nothing is sealed here (SEAL_EVERY=0): an erasure needs the tree of the log, so that its checkpoints hold when records are gone'

const tellRefused = (res: Response, refused: StepRefused, authentication: Authentication): void => {
  switch (refused._tag) {
    case 'Forbidden':
      return problem(res, 'erasure-forbidden', refused.reason)
    case 'SamePerson':
      return tellSamePerson(res, authentication, refused.reason)
    case 'Unknown':
      return problem(res, 'unknown-erasure', 'this user has no erasure of this number')
    case 'NotRecorded':
      return unavailable(res, 'erasure-not-recorded', `it is not known whether it was recorded: ${refused.reason}`)
    default:
      return refused satisfies never
  }
}

/** Answers 503 where the rules cannot be asked now. */
const judged = async <A>(res: Response, ask: () => Promise<A>): Promise<A | null> => {
  try {
    return await ask()
  } catch (error) {
    if (isStoreUnreachable(error)) throw error
    unavailable(res, 'read-model-behind', error instanceof Error ? error.message : 'the rules cannot be asked now', 1)
    return null
  }
}

type Step = (by: Actor, userId: UserId, req: Request, res: Response) => unknown

const erasureIn = (req: Request): number => {
  const text = String(req.params['erasure'])
  return /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : -1
}

/** The steps of erasures that persons take, and how far one has come. */
export const erasingRoutes = (sources: ErasingSources): Routes => {
  const { authentication, known, asking, askingForDue, isSealed, begin } = sources
  const [read, request, confirm] = (['retention:read', 'retention:request', 'retention:confirm'] as const).map(
    (scope) => requireScope(authentication, scope),
  ) as [RequestHandler, RequestHandler, RequestHandler]

  /** A step is somebody's, and needs the tree. */
  const taking =
    (step: (by: Actor, req: Request, res: Response) => unknown): RequestHandler =>
    (req, res) => {
      const key = namedAuthor(req, res, 'an erasure names who asked for it and who confirmed')
      if (key === null) return
      return isSealed ? step({ key }, req, res) : problem(res, 'erasure-forbidden', NOT_SEALED)
    }
  const ofUser = (step: Step): RequestHandler =>
    withUserId((userId, req, res, next) => taking((by) => step(by, userId, req, res))(req, res, next))

  const tell = (res: Response, status: 200 | 201, erasure: number): void => {
    const course = known.courses.get(erasure)
    if (course === undefined) return problem(res, 'unknown-erasure', 'this user has no erasure of this number')
    res.status(status).set(NOT_KEPT).json(erasureJson(course))
  }
  const answered = (res: Response, status: 200 | 201, result: E.Either<StepRefused, number> | null): boolean => {
    if (result === null) return false
    if (E.isLeft(result)) tellRefused(res, result.left, authentication)
    else tell(res, status, result.right)
    return E.isRight(result)
  }

  const requestOf = withSaid(true, ({ reason, authority }, req, res, next) =>
    ofUser(async (by, userId) => {
      if (await answeredErased(sources, res, userId)) return
      const asked = { userId, reason, authority, by }
      answered(res, 201, await judged(res, () => asking.request(asked)))
    })(req, res, next),
  )
  const confirmOf = ofUser(async (by, userId, req, res) => {
    const erasure = erasureIn(req)
    const confirmed = await judged(res, () => asking.confirm(userId, erasure, by))
    if (confirmed !== null && E.isRight(confirmed)) begin([erasure])
    answered(res, 200, confirmed)
  })
  const withdrawOf = withSaid(false, ({ reason }, req, res, next) =>
    ofUser(async (by, userId) => {
      answered(res, 200, await judged(res, () => asking.withdraw(userId, erasureIn(req), by, reason)))
    })(req, res, next),
  )
  const erasureOf: RequestHandler = withUserId(async (userId, req, res) => {
    await known.readOn()
    const course = known.courses.get(erasureIn(req))
    if (course?.userId !== userId) return problem(res, 'unknown-erasure', 'this user has no erasure of this number')
    tell(res, 200, course.erasure)
  })
  const all = async (
    res: Response,
    ask: () => ReturnType<AskingForDue['confirm']>,
    isBegun: boolean,
  ): Promise<void> => {
    const result = await judged(res, ask)
    if (result === null) return
    if (E.isLeft(result)) return tellRefused(res, result.left, authentication)
    if (isBegun) begin(result.right)
    res.set(NOT_KEPT).json({ erasures: result.right })
  }
  const requestDue = withSaid(false, ({ reason }, req, res, next) =>
    taking((by) => all(res, () => askingForDue.request(by, reason), false))(req, res, next),
  )
  const confirmDue = taking((by, _req, res) => all(res, () => askingForDue.confirm(by), true))

  const taken = onlyMethods('POST')
  return (app) => {
    app.route('/users/:userId/erasure').post(request, readSaid, requestOf).all(taken)
    app.route('/users/:userId/erasure/:erasure').get(read, erasureOf).all(onlyMethods('GET', 'HEAD'))
    app.route('/users/:userId/erasure/:erasure/confirm').post(confirm, confirmOf).all(taken)
    app.route('/users/:userId/erasure/:erasure/withdraw').post(request, readSaid, withdrawOf).all(taken)
    app.route('/erasures').get(read, openErasures(known)).all(onlyMethods('GET', 'HEAD'))
    app.route('/erasures/due').post(request, readSaid, requestDue).all(taken)
    app.route('/erasures/due/confirm').post(confirm, confirmDue).all(taken)
  }
}
