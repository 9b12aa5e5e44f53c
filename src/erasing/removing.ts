import { setTimeout as delay } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import type { AppendError } from '../eventStore/appendOutcome.ts'
import { reasonOf } from '../eventStore/appendOutcome.ts'
import type { Revision, StreamName } from '../eventStore/recordedEvent.ts'
import { UNATTRIBUTED } from '../ledger/streams.ts'
import type { AppendErasures } from './appendErasures.ts'
import type { Course } from './course.ts'
import { type RecordSources, recordUser } from './recording.ts'

/** So often a stream is recorded further because others append to it: that ends once each node has heard of the first record. */
const ROUNDS = 20
const AGAIN_MS = 50

interface Removed {
  readonly stream: StreamName
  readonly last: Revision
  readonly error: AppendError | null
}

const remove = async ({ store }: RecordSources, stream: StreamName, last: Revision): Promise<Removed> => {
  const removal =
    stream === UNATTRIBUTED ? store.truncate(stream, last + 1) : store.erase(stream, last === -1 ? 'no-stream' : last)
  const result = await removal()
  return { stream, last, error: E.isLeft(result) ? result.left : null }
}

/** Whether events came behind those that are recorded. */
const hasGrown = ({ last, error }: Removed): boolean =>
  error?._tag === 'WrongExpectedVersion' && error.actual !== 'no-stream' && error.actual > last

/** Throws what keeps a stream from going, but for events that came meanwhile. */
const expectGrownAlone = (removed: readonly Removed[]): readonly Removed[] => {
  for (const one of removed) {
    if (one.error === null || hasGrown(one)) continue
    const { stream, error } = one
    if (error._tag !== 'WrongExpectedVersion') throw new Error(reasonOf(error))
    throw new Error(`${stream} shows less than was recorded to go: look at it first`)
  }
  return removed.filter(({ error }) => error !== null)
}

/**
 * Removes what is recorded of an erasure, as often as it is asked. Where events came behind a record, they are recorded first, and then
 * removed with the others. Throws where that did not come to an end, and may when asked again. Gives the UTF-16 units of what was recorded
 * here.
 */
export const removeRecorded = async (
  sources: RecordSources,
  append: AppendErasures,
  { erasure, userId }: Course,
): Promise<number> => {
  const { courses, erased } = sources.known
  let units = 0
  for (let rounds = 0; rounds < ROUNDS; rounds += 1) {
    const course = courses.get(erasure)
    if (course === undefined) throw new Error(`erasure ${erasure} is not known`)
    const removed = await Promise.all([...course.recorded].map(([stream, last]) => remove(sources, stream, last)))
    const grown = expectGrownAlone(removed)
    if (grown.length === 0) return units
    const ground = userId === null ? course.ground : (erased.users.get(userId)?.ground ?? course.ground)
    for (const { stream, last } of grown) {
      const more = await recordUser(sources, { erasure, userId, ground }, stream, last + 1)
      const records = more.records.filter(({ stream: of, from, to }) => of !== stream || to >= from)
      // Another node may have recorded them meanwhile.
      const result = await append<never>((now) => E.right(now.get(erasure) === course ? records : []))
      if (E.isLeft(result)) throw new Error(result.left.reason)
      units += more.units
    }
    if (rounds > 0) await delay(AGAIN_MS)
  }
  throw new Error('others append to the stream without a pause')
}
