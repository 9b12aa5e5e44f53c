import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import { type Actor, type ErasureEvent, isOnePerson } from '../ledger/erasures.ts'
import type { AppendErasures, NotRecorded } from './appendErasures.ts'
import { type Course, type Courses, stageOf } from './course.ts'
import { groundBy, type Judging } from './judging.ts'

/** Why a step is not taken; `reason` is a sentence that says which rule forbids it. */
export type StepRefused =
  | { readonly _tag: 'Forbidden'; readonly reason: string }
  | { readonly _tag: 'SamePerson'; readonly reason: string }
  | { readonly _tag: 'Unknown' }
  | NotRecorded

/** The steps of an erasure that persons take, or the policy. */
export interface Asking {
  /** Gives the erasure's number. */
  readonly request: (asked: {
    readonly userId: UserId
    readonly reason: string
    readonly authority: string | null
    readonly by: Actor
  }) => Promise<E.Either<StepRefused, number>>
  /** The rules are asked anew: what has come since may forbid it. */
  readonly confirm: (userId: UserId, erasure: number, by: Actor) => Promise<E.Either<StepRefused, number>>
  readonly withdraw: (
    userId: UserId,
    erasure: number,
    by: Actor,
    reason: string,
  ) => Promise<E.Either<StepRefused, number>>
}

const forbidden = (reason: string): StepRefused => ({ _tag: 'Forbidden', reason })

const SAME_PERSON: StepRefused = {
  _tag: 'SamePerson',
  reason: 'an erasure is confirmed with another key than it was requested with',
}

const courseOf = (courses: Courses, userId: UserId, erasure: number): E.Either<StepRefused, Course> => {
  const course = courses.get(erasure)
  return course === undefined || course.userId !== userId ? E.left({ _tag: 'Unknown' }) : E.right(course)
}

const awaiting = (course: Course): E.Either<StepRefused, Course> => {
  const stage = stageOf(course)
  return stage === 'requested' ? E.right(course) : E.left(forbidden(`erasure ${course.erasure} is ${stage} already`))
}

export const asking = (append: AppendErasures, judging: Judging): Asking => ({
  request: async ({ userId, reason, authority, by }) => {
    const ground = groundBy(await judging.user(userId), authority)
    if (E.isLeft(ground)) return E.left(forbidden(ground.left))
    return append<StepRefused>((courses) => {
      const open = courses.openOf(userId)
      const said: ErasureEvent = { _tag: 'Requested', userId, reason, ground: ground.right, by }
      return open === undefined
        ? E.right([said])
        : E.left(forbidden(`erasure ${open.erasure} of this user is ${stageOf(open)} already`))
    })
  },
  confirm: async (userId, erasure, by) => {
    const judged = await judging.user(userId)
    const confirmed = await append<StepRefused>((courses) => {
      const course = E.chain(awaiting)(courseOf(courses, userId, erasure))
      if (E.isLeft(course)) return course
      if (isOnePerson(course.right.requested.by, by)) return E.left(SAME_PERSON)
      const ground = groundBy(judged, course.right.ground.authority)
      return E.isLeft(ground) ? E.left(forbidden(ground.left)) : E.right([{ _tag: 'Confirmed', erasure, by }])
    })
    return E.map(() => erasure)(confirmed)
  },
  withdraw: async (userId, erasure, by, reason) => {
    const withdrawn = await append<StepRefused>((courses) =>
      E.map((): readonly ErasureEvent[] => [{ _tag: 'Withdrawn', erasure, by, reason }])(
        E.chain(awaiting)(courseOf(courses, userId, erasure)),
      ),
    )
    return E.map(() => erasure)(withdrawn)
  },
})
