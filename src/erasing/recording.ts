import { setTimeout as delay } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Revision, StreamName } from '../eventStore/recordedEvent.ts'
import { streamOf, UNATTRIBUTED } from '../ledger/streams.ts'
import type { Course } from './course.ts'
import { groundBy, type Judging } from './judging.ts'
import type { KnownErasures } from './knownErasures.ts'
import { type ErasedSaid, type Erasing, LEAVES_IN_EVENT, type LeafSources, recordsOf } from './recordsOf.ts'
import { wholesNamedBy } from './wholesNamedBy.ts'

/** So often a user is judged anew because something came while that was done. */
const JUDGED_TIMES = 5
const AGAIN_MS = 100

/** What an erasure is worked out from. `store` is the log as it stands, with what was recorded to go. */
export interface RecordSources extends LeafSources {
  readonly store: EventStore
  readonly known: KnownErasures
  readonly judging: Judging
}

/** What is to be recorded of an erasure before anything goes. */
export interface Recording {
  readonly records: readonly ErasedSaid[]
  /** Of data and metadata of the events, in UTF-16 units. */
  readonly units: number
}

const NOTHING: Recording = { records: [], units: 0 }

type UserRecording = Recording & { readonly last: Revision }

/** What goes of a user's stream from a revision on, and the webhooks that are kept whole because of these events or speak of him. */
export const recordUser = async (
  sources: RecordSources,
  erasing: Erasing,
  stream: StreamName,
  from: Revision,
): Promise<UserRecording> => {
  const own = await recordsOf(sources, erasing, stream, from, (event) => ({ named: wholesNamedBy(event) }))
  const records: ErasedSaid[] = []
  let { units } = own
  const about = erasing.userId === null ? [] : sources.judging.wholesAbout(erasing.userId)
  for (const whole of new Set([...own.named, ...about])) {
    // What is there no more went with somebody else.
    if (sources.known.erased.hasStream(whole)) continue
    const found = await recordsOf(sources, erasing, whole, 0)
    records.push(...found.records)
    units += found.units
  }
  // Once something of his stream is recorded, nobody looks again what that names.
  return { records: [...records, ...own.records], units, last: own.last }
}

/** All that goes of a user whose erasure was confirmed; or the sentence that says which rule forbids it by now. */
const firstOfUser = async (
  sources: RecordSources,
  { erasure, userId, ground: { authority } }: Course & { readonly userId: NonNullable<Course['userId']> },
): Promise<E.Either<string, Recording>> => {
  for (let times = 0; times < JUDGED_TIMES; times += 1) {
    const judged = await sources.judging.user(userId)
    const ground = groundBy(judged, authority)
    if (E.isLeft(ground)) return ground
    const recording = await recordUser(sources, { erasure, userId, ground: ground.right }, streamOf(userId), 0)
    // No event that comes meanwhile forbids what somebody orders.
    if (recording.last <= judged.revision || ground.right.rule === 'authority') return E.right(recording)
    await delay(AGAIN_MS)
  }
  throw new Error('events of the user come without a pause')
}

/** The first event of nobody that no record names; `null` for none. */
const firstOfNobody = async ({ store, known }: RecordSources): Promise<Revision | null> => {
  for await (const event of store.readStream(UNATTRIBUTED)) if (!known.erased.has(event)) return event.revision
  return null
}

/** Events of nobody from the first that is left, up to one that may not go. */
const ofNobody = async (sources: RecordSources, course: Course): Promise<E.Either<string, Recording>> => {
  const from = await firstOfNobody(sources)
  if (from === null) return E.left('there is no event that names no user')
  let { ground } = course
  let [taken, why] = [0, '']
  const { records, units } = await recordsOf(sources, course, UNATTRIBUTED, from, (event) => {
    const judged = sources.judging.ofNobody(event)
    if (E.isLeft(judged)) why = judged.left
    if (E.isLeft(judged) || taken === LEAVES_IN_EVENT) return null
    ground = judged.right
    taken += 1
    return { named: [] }
  })
  return taken === 0 ? E.left(why) : E.right({ records: records.map((one) => ({ ...one, ground })), units })
}

/**
 * What is to be recorded of an erasure that was confirmed, before anything goes: of one that has not begun judged anew, or the sentence
 * that says which rule forbids it by now.
 */
export const nextRecording = async (sources: RecordSources, course: Course): Promise<E.Either<string, Recording>> => {
  const { erasure, userId, recorded } = course
  if (userId === null) return recorded.size === 0 ? ofNobody(sources, course) : E.right(NOTHING)
  const erased = sources.known.erased.users.get(userId)
  // Of one who was erased before it is about what has come since: he stays erased, whatever the rules say by now.
  if (recorded.size === 0 && erased === undefined) return firstOfUser(sources, { ...course, userId })
  if (recorded.has(streamOf(userId))) return E.right(NOTHING)
  const ground = erased?.ground ?? course.ground
  return E.right(await recordUser(sources, { erasure, userId, ground }, streamOf(userId), 0))
}
