import { randomInt } from 'node:crypto'
import Database from 'better-sqlite3'
import type { ExpectedRevision } from '../../src/eventStore/appendOutcome.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { appendTo, eventsOf, FIRST_PREPARED_USER, type PreparedLog } from '../preparedLog.ts'
import type { Side } from '../rounds.ts'
import { delivery } from '../webhooks.ts'

/** Events to a commit, as many as wait for it. */
export const CONCURRENCY = 50
/** Fewer than the smallest log has users: among so many that are drawn in turn hardly one comes twice. */
const AT_A_STRETCH = 100

/** Where one event is to be appended. */
export interface Place {
  readonly user: number
  readonly expected: ExpectedRevision
}

/** One event to each place, fifty at a time. */
export const append = async (store: EventStore, places: readonly Place[]): Promise<Side> => {
  const count = places.length
  // Payloads that no other event of the user has.
  const bodies = places.map(({ user, expected }) => delivery(user, 0, { chapter: Number(expected) || 0 }))
  const events = await eventsOf(bodies)
  let next = 0
  const writerUpTo = async (end: number): Promise<void> => {
    for (let index = next++; index < end; index = next++) {
      const [event, place] = [events[index], places[index]]
      if (event !== undefined && place !== undefined)
        await appendTo(store, `kyc-${place.user}`, place.expected, [event])
    }
  }
  const began = performance.now()
  for (let end = 0; end < count; next = end) {
    end = Math.min(count, end + AT_A_STRETCH)
    await Promise.all(Array.from({ length: CONCURRENCY }, () => writerUpTo(end)))
  }
  return { value: count / ((performance.now() - began) / 1000) }
}

/** So few appends that the store makes no checkpoint among them. */
export const BETWEEN_CHECKPOINTS = 1000

/** Appends without a checkpoint; what one costs afterwards is noted, in microseconds for each of them. */
export const appendWithoutCheckpoint = async (
  store: EventStore,
  file: string,
  places: readonly Place[],
): Promise<Side> => {
  const db = new Database(file)
  const checkpoint = (): number => {
    const began = performance.now()
    db.pragma('wal_checkpoint(PASSIVE)')
    return performance.now() - began
  }
  try {
    checkpoint()
    const { value } = await append(store, places)
    return { value, notes: { checkpoint: (checkpoint() / places.length) * 1000 } }
  } finally {
    db.close()
  }
}

let told = 0
export const newUsers = (count: number): readonly Place[] =>
  Array.from({ length: count }, () => ({ user: 2_000_000_000 + told++, expected: 'no-stream' }))

/** Users of the log at random, none of them twice before all have had their turn, each with where his stream ends. */
export const knownUsers = ({ users, eventsEach }: PreparedLog): ((count: number) => readonly Place[]) => {
  const heads = new Map<number, number>()
  let waiting: number[] = []
  const draw = (): Place => {
    if (waiting.length === 0) waiting = Array.from({ length: users }, (_, index) => FIRST_PREPARED_USER + index)
    const at = randomInt(waiting.length)
    const user = waiting[at] ?? FIRST_PREPARED_USER
    waiting[at] = waiting.at(-1) ?? user
    waiting.pop()
    const expected = heads.get(user) ?? eventsEach - 1
    heads.set(user, expected + 1)
    return { user, expected }
  }
  return (count) => Array.from({ length: count }, draw)
}
