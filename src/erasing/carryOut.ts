import * as E from 'fp-ts/lib/Either.js'
import type { Revision } from '../eventStore/recordedEvent.ts'
import type { ErasureEvent } from '../ledger/erasures.ts'
import type { AppendErasures } from './appendErasures.ts'
import { type Course, stageOf } from './course.ts'
import { givingTurns } from './givingTurns.ts'
import { inAppends } from './inAppends.ts'
import { groundBy } from './judging.ts'
import { nextRecording, type Recording, type RecordSources } from './recording.ts'
import { removeRecorded } from './removing.ts'

/** So many erasures are worked out together, or fewer where they have so many leaves. */
const TOGETHER = 500
const LEAVES_TOGETHER = 5000
const COMPLETED_TOGETHER = 500

export interface CarryingOut extends RecordSources {
  readonly append: AppendErasures
  readonly isStopping: () => boolean
}

/** What became of an erasure that was to be carried out. */
export interface CarriedOut {
  /** Why an erasure is not complete yet, and may be when it is tried again. */
  readonly failed: (erasure: number, reason: string) => void
  readonly completed: (course: Course, files: 'gone' | 'scavenge') => void
  /** The rules do not allow it any more. */
  readonly withdrawn: (erasure: number, reason: string) => void
}

const reasonIn = (error: unknown): string => (error instanceof Error ? error.message : String(error))

interface Recorded extends Recording {
  readonly course: Course
}

/** What is recorded with one append, and up to where legal holds were known when it was judged. */
interface Together {
  readonly recorded: readonly Recorded[]
  readonly holds: Revision
}

const appended = async (append: AppendErasures, decide: Parameters<typeof append<never>>[0]): Promise<void> => {
  const result = await append<never>(decide)
  if (E.isLeft(result)) throw new Error(result.left.reason)
}

/** Some at a time: those that are to be recorded with one append. Of what fails, the others hear nothing. */
async function* recordings(
  out: CarryingOut,
  courses: readonly Course[],
  { failed, withdrawn }: CarriedOut,
): AsyncGenerator<Together> {
  let some: Recorded[] = []
  let leaves = 0
  let holds = -1
  const turn = givingTurns()
  for (const course of courses) {
    await turn()
    if (out.isStopping()) return
    try {
      if (some.length === 0) holds = await out.judging.lastOfHolds()
      const recording = await nextRecording(out, course)
      if (E.isLeft(recording)) {
        const { erasure } = course
        const by = { policy: 'automatic' } as const
        const said: ErasureEvent = { _tag: 'Withdrawn', erasure, by, reason: recording.left }
        await appended(out.append, (known) => E.right(known.get(erasure) === course ? [said] : []))
        withdrawn(erasure, recording.left)
        continue
      }
      const { records, units } = recording.right
      some.push({ course, records, units })
      leaves += records.reduce((sum, one) => sum + one.leaves.length, 0)
    } catch (error) {
      failed(course.erasure, reasonIn(error))
    }
    if (some.length < TOGETHER && leaves < LEAVES_TOGETHER) continue
    yield { recorded: some, holds }
    some = []
    leaves = 0
  }
  if (some.length > 0) yield { recorded: some, holds }
}

/** To read and to wait for the tree takes a while: where a hold was placed since, those whom it keeps stay, and are judged anew. */
const withoutHeld = async (
  { judging, known: { erased } }: CarryingOut,
  { recorded, holds }: Together,
  failed: CarriedOut['failed'],
): Promise<readonly Recorded[]> => {
  let [left, known] = [recorded, holds]
  for (let last = await judging.lastOfHolds(); last !== known; last = await judging.lastOfHolds()) {
    known = last
    const allowed: Recorded[] = []
    for (const one of left) {
      const { erasure, userId, ground, recorded: before } = one.course
      const isBegun = userId === null || before.size > 0 || erased.users.has(userId)
      const judged = isBegun ? null : groundBy(await judging.user(userId), ground.authority)
      if (judged === null || E.isRight(judged)) allowed.push(one)
      else failed(erasure, judged.left)
    }
    left = allowed
  }
  return left
}

const record = async ({ append, known }: CarryingOut, recorded: readonly Recorded[]): Promise<void> => {
  const standing = new Map(recorded.map(({ course }) => [course.erasure, course]))
  const all = recorded.flatMap(({ course, records }) => records.map((said) => [course.erasure, said] as const))
  for (const group of inAppends(all, ([, said]) => said)) {
    // What another node has recorded meanwhile is not recorded again.
    await appended(append, (courses) =>
      E.right(group.flatMap(([erasure, said]) => (courses.get(erasure) === standing.get(erasure) ? [said] : []))),
    )
    for (const [erasure] of group) {
      const course = known.courses.get(erasure)
      if (course !== undefined) standing.set(erasure, course)
    }
  }
}

/**
 * Carries erasures out, each from where it stands: what goes is recorded with its leaves; then it is removed; then it is seen to that no
 * file holds it any more; and then that is recorded. What is broken off anywhere goes on from there. Of some thousands there are few
 * transactions, and what keeps one of them from its end keeps no other.
 */
export const carryOut = async (out: CarryingOut, courses: readonly Course[], told: CarriedOut): Promise<void> => {
  const removed = new Map<number, number | null>()
  for await (const together of recordings(out, courses, told)) {
    let { recorded } = together
    try {
      recorded = await withoutHeld(out, together, told.failed)
      await record(out, recorded)
    } catch (error) {
      for (const { course } of recorded) told.failed(course.erasure, reasonIn(error))
      continue
    }
    await Promise.all(
      recorded.map(async ({ course, records, units }) => {
        try {
          const more = await removeRecorded(out, out.append, course)
          removed.set(course.erasure, records.length === 0 ? null : units + more)
        } catch (error) {
          told.failed(course.erasure, reasonIn(error))
        }
      }),
    )
  }
  if (removed.size > 0) await complete(out, removed, told)
}

const complete = async (
  { store, append, known }: CarryingOut,
  removed: ReadonlyMap<number, number | null>,
  told: CarriedOut,
): Promise<void> => {
  const all = [...removed.keys()]
  try {
    const { files } = await store.purge()
    for (let at = 0; at < all.length; at += COMPLETED_TOGETHER) {
      const some = all.slice(at, at + COMPLETED_TOGETHER)
      await appended(append, (courses) =>
        E.right(
          some.flatMap((erasure): readonly ErasureEvent[] => {
            const course = courses.get(erasure)
            if (course === undefined || stageOf(course) !== 'erasing') return []
            return [{ _tag: 'Completed', erasure, events: course.events, bytes: removed.get(erasure) ?? null, files }]
          }),
        ),
      )
      for (const erasure of some) {
        const course = known.courses.get(erasure)
        // Another node may have withdrawn it before anything was recorded.
        if (course?.completed) told.completed(course, files)
      }
    }
  } catch (error) {
    for (const erasure of all) told.failed(erasure, reasonIn(error))
  }
}
