import * as E from 'fp-ts/lib/Either.js'
import type { Clock } from '../clock/clock.ts'
import { inAppends } from '../erasing/inAppends.ts'
import { reasonOf } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Revision, StreamName } from '../eventStore/recordedEvent.ts'
import type { ErasureList, ListedErasure } from '../evidence/erasureList.ts'
import { hearErasures, readErased } from '../ledger/erased.ts'
import { type ErasureEvent, erasureEvent } from '../ledger/erasures.ts'
import { ERASURES, streamOf } from '../ledger/streams.ts'
import { type LeavesOfUsers, leavesOfUsers } from './leavesOfStreams.ts'

/** One event of so many leaves, and as many with one append: some 300 kB, of which a server takes 1 MiB. */
const LEAVES_TOGETHER = 5000
const USERS_TOGETHER = 100

/** What was erased again. */
interface Applied {
  readonly users: number
  readonly events: number
  /** What was done about the files of the store, and what somebody has still to do. */
  readonly told: readonly string[]
}

/** An erasure as it is appended at a revision, by which it is called. */
interface Again {
  readonly events: readonly ErasureEvent[]
  readonly streams: readonly { readonly stream: StreamName; readonly last: Revision }[]
  readonly leaves: number
  readonly units: number
}

const BY = { policy: 'automatic' } as const

/** All that there is of him in this log, which may be nothing: what comes later of him is of an erased user all the same. */
const again = (
  { userId, erasedAt, erasure: before, ground }: ListedErasure,
  { origin }: ErasureList,
  { streams, wholes }: LeavesOfUsers,
  hasStream: (stream: StreamName) => boolean,
  erasure: Revision,
): Again => {
  const reason = `erased on ${erasedAt} as erasure ${before} of ${origin}, as its list of erasures says`
  const gone = [streamOf(userId), ...new Set(wholes.get(userId))].filter((stream) => !hasStream(stream))
  const records = gone.flatMap((stream): readonly ErasureEvent[] => {
    const leaves = streams.get(stream)?.leaves ?? []
    const pieces = Array.from({ length: Math.max(1, Math.ceil(leaves.length / LEAVES_TOGETHER)) }, (_, piece) => {
      const from = piece * LEAVES_TOGETHER
      return { from, leaves: leaves.slice(from, from + LEAVES_TOGETHER) }
    })
    return pieces.map(({ from, leaves: some }) => {
      const to = from + some.length - 1
      return { _tag: 'Erased', erasure, userId, ground, stream, from, to, leaves: some }
    })
  })
  return {
    events: [{ _tag: 'Requested', userId, reason, ground, by: BY }, { _tag: 'Confirmed', erasure, by: BY }, ...records],
    streams: gone.map((stream) => ({ stream, last: (streams.get(stream)?.leaves.length ?? 0) - 1 })),
    leaves: gone.reduce((sum, stream) => sum + (streams.get(stream)?.leaves.length ?? 0), 0),
    units: gone.reduce((sum, stream) => sum + (streams.get(stream)?.units ?? 0), 0),
  }
}

/**
 * Erases in a log whom a list names and the log does not know of, before a service is started on it: with the leaves that their events
 * have in this log. Each is recorded before anything of him is removed; what is broken off the next start of the service carries out.
 * Throws where the log cannot be read, or somebody else writes to it.
 */
export const applyErasures = async (store: EventStore, list: ErasureList, now: Clock): Promise<Applied> => {
  const erased = await readErased(store)
  const missing = list.users.filter(({ userId }) => !erased.users.has(userId))
  if (missing.length === 0) return { users: 0, events: 0, told: [] }
  const found = await leavesOfUsers(
    store,
    erased,
    missing.map(({ userId }) => userId),
  )
  const appendAtOnce = async (events: readonly ErasureEvent[]): Promise<void> => {
    const { next } = erased
    const recorded = events.map((said) => erasureEvent(said, now()))
    const appended = await store.append(ERASURES, next === 0 ? 'no-stream' : next - 1, recorded)()
    if (E.isLeft(appended)) {
      const { left } = appended
      throw new Error(
        left._tag === 'WrongExpectedVersion' ? 'somebody else writes to the log: stop the services' : reasonOf(left),
      )
    }
    await hearErasures(store, erased)
  }
  const append = async (events: readonly ErasureEvent[]): Promise<void> => {
    for (const some of inAppends(events, (said) => said)) await appendAtOnce(some)
  }
  const remove = async ({ stream, last }: Again['streams'][number]): Promise<void> => {
    const removed = await store.erase(stream, last === -1 ? 'no-stream' : last)()
    if (E.isRight(removed)) return
    const { left } = removed
    throw new Error(left._tag === 'WrongExpectedVersion' ? `${stream} has more events than were read` : reasonOf(left))
  }

  const completed: ErasureEvent[] = []
  let events = 0
  for (let at = 0; at < missing.length; ) {
    const together: Again[] = []
    let next = erased.next
    for (let leaves = 0; at < missing.length && together.length < USERS_TOGETHER && leaves < LEAVES_TOGETHER; at += 1) {
      const taken = new Set(together.flatMap(({ streams }) => streams.map(({ stream }) => stream)))
      const one = missing[at] as ListedErasure
      const made = again(one, list, found, (stream) => erased.hasStream(stream) || taken.has(stream), next)
      completed.push({ _tag: 'Completed', erasure: next, events: made.leaves, bytes: made.units, files: 'gone' })
      together.push(made)
      leaves += made.leaves
      events += made.leaves
      next += made.events.length
    }
    await append(together.flatMap((one) => one.events))
    await Promise.all(together.flatMap(({ streams }) => streams).map(remove))
  }
  const { files, told } = await store.purge()
  for (let at = 0; at < completed.length; at += 500) {
    await append(completed.slice(at, at + 500).map((said) => (said._tag === 'Completed' ? { ...said, files } : said)))
  }
  return { users: missing.length, events, told }
}
