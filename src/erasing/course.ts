import type { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Ground } from '../../domain/retention/ground.ts'
import type { Revision, StreamName } from '../eventStore/recordedEvent.ts'
import { type Actor, isOnePerson, type RecordedErasure } from '../ledger/erasures.ts'
import { isShared, streamOf, UNATTRIBUTED } from '../ledger/streams.ts'

/** A step that somebody took, and when. */
export interface Step {
  readonly by: Actor
  readonly at: Instant
}

/** How far an erasure has come. `erasing`: its user is erased, and not all of it is removed yet. */
export type Stage = 'requested' | 'withdrawn' | 'confirmed' | 'erasing' | 'completed'

/** One erasure, as the log tells it. It is called by the revision of its request. */
export interface Course {
  readonly erasure: number
  /** `null`: of events that name no user. */
  readonly userId: UserId | null
  readonly reason: string
  readonly ground: Ground
  readonly requested: Step
  readonly confirmed: Step | null
  readonly withdrawn: (Step & { readonly reason: string }) | null
  /** The streams of which events are recorded to go, each with the last revision that is; -1 where it holds none. */
  readonly recorded: ReadonlyMap<StreamName, Revision>
  /** How many events are recorded to go. */
  readonly events: number
  readonly completed: { readonly at: Instant; readonly files: 'gone' | 'scavenge' } | null
}

export const stageOf = ({ confirmed, withdrawn, recorded, completed }: Course): Stage => {
  if (completed !== null) return 'completed'
  if (withdrawn !== null) return 'withdrawn'
  if (recorded.size > 0) return 'erasing'
  return confirmed === null ? 'requested' : 'confirmed'
}

const NOTHING: ReadonlyMap<StreamName, Revision> = new Map()

/**
 * Whether a record is one of the erasure that it names, which was confirmed: of this user's stream, of webhooks that are kept whole, or of
 * nobody's events. Whoever can append to the stream of erasures could otherwise have any stream removed.
 */
const isFounded = (
  { userId, stream }: Extract<RecordedErasure['said'], { readonly _tag: 'Erased' }>,
  course: Course,
): boolean => {
  const isOwn = userId === null ? stream === UNATTRIBUTED : stream === streamOf(userId) || isShared(stream)
  return course.confirmed !== null && course.userId === userId && isOwn
}

/** The courses of all erasures of a log, as far as they were heard. */
export class Courses {
  readonly #courses = new Map<number, Course>()
  readonly #open = new Map<UserId | null, number>()
  readonly #requested = new Set<number>()
  readonly #pending = new Set<number>()

  get(erasure: number): Course | undefined {
    return this.#courses.get(erasure)
  }

  /** The erasure of a user, or of events of nobody, that is asked for or under way. */
  openOf(userId: UserId | null): Course | undefined {
    return this.#of(this.#open.get(userId) ?? -1)
  }

  /** Those that nobody has confirmed, in their order. */
  requested(): readonly Course[] {
    return [...this.#requested].flatMap((erasure) => this.#of(erasure) ?? [])
  }

  /** Those that are confirmed, and not completed, in their order. */
  pending(): readonly Course[] {
    return [...this.#pending].flatMap((erasure) => this.#of(erasure) ?? [])
  }

  /** Those that have not come to their end, in their order. */
  open(): readonly Course[] {
    return [...this.requested(), ...this.pending()].sort((a, b) => a.erasure - b.erasure)
  }

  #of(erasure: number): Course | undefined {
    return this.#courses.get(erasure)
  }

  /** What a step says of an erasure that nothing is known of, that has ended, or that is none of its steps, changes nothing. */
  hear({ said, recordedAt: at }: RecordedErasure, revision: Revision): void {
    if (said._tag === 'Requested') return this.#begin({ said, at, erasure: revision })
    const course = this.#courses.get(said.erasure)
    if (course === undefined || course.withdrawn !== null || course.completed !== null) return
    switch (said._tag) {
      case 'Confirmed':
        if (isOnePerson(course.requested.by, said.by)) return
        return this.#put({ ...course, confirmed: course.confirmed ?? { by: said.by, at } })
      case 'Withdrawn':
        if (course.recorded.size > 0) return
        return this.#put({ ...course, withdrawn: { by: said.by, at, reason: said.reason } })
      case 'Erased': {
        if (!isFounded(said, course)) return
        const before = course.recorded.get(said.stream) ?? -1
        const recorded = new Map(course.recorded).set(said.stream, Math.max(before, said.to))
        // Two nodes may have recorded the same.
        const more = Math.max(0, said.to - Math.max(before, said.from - 1))
        return this.#put({ ...course, recorded, events: course.events + more })
      }
      case 'Completed':
        return this.#put({ ...course, completed: { at, files: said.files } })
      default:
        return said satisfies never
    }
  }

  #begin({
    said: { userId, reason, ground, by },
    at,
    erasure,
  }: {
    readonly said: Extract<RecordedErasure['said'], { readonly _tag: 'Requested' }>
    readonly at: Instant
    readonly erasure: number
  }): void {
    const step = { requested: { by, at }, confirmed: null, withdrawn: null, completed: null }
    this.#put({ erasure, userId, reason, ground, ...step, recorded: NOTHING, events: 0 })
  }

  #put(course: Course): void {
    const { erasure, userId } = course
    const stage = stageOf(course)
    const hasEnded = stage === 'completed' || stage === 'withdrawn'
    this.#courses.set(erasure, course)
    if (!hasEnded) this.#open.set(userId, erasure)
    else if (this.#open.get(userId) === erasure) this.#open.delete(userId)
    if (stage === 'requested') this.#requested.add(erasure)
    else this.#requested.delete(erasure)
    if (stage === 'confirmed' || stage === 'erasing') this.#pending.add(erasure)
    else this.#pending.delete(erasure)
  }
}
