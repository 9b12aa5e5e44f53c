import { randomInt } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { ExpectedRevision } from '../src/eventStore/appendOutcome.ts'
import type { EventStore } from '../src/eventStore/eventStore.ts'
import { atLeast, figure, type Measurement, NO_TARGET, noted } from './measurement.ts'
import {
  appendTo,
  eventsOf,
  FIRST_PREPARED_USER,
  largeLog,
  openStore,
  type PreparedLog,
  prepareLog,
  sharedLog,
} from './preparedLog.ts'
import { removeDirectory } from './processes.ts'
import { interleave, type Side } from './rounds.ts'
import { delivery } from './webhooks.ts'

const CONCURRENCY = 50
/** Fewer than the smallest log has users: among so many that are drawn in turn hardly one comes twice. */
const AT_A_STRETCH = 100

/** Where one event is to be appended. */
interface Place {
  readonly user: number
  readonly expected: ExpectedRevision
}

/** One event to each place, fifty at a time. */
const append = async (store: EventStore, places: readonly Place[]): Promise<Side> => {
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
const BETWEEN_CHECKPOINTS = 1000

/** Appends without a checkpoint; what one costs afterwards is noted, in microseconds for each of them. */
const appendWithoutCheckpoint = async (store: EventStore, file: string, places: readonly Place[]): Promise<Side> => {
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
const newUsers = (count: number): readonly Place[] =>
  Array.from({ length: count }, () => ({ user: 2_000_000_000 + told++, expected: 'no-stream' }))

/** Users of the log at random, none of them twice before all have had their turn, each with where his stream ends. */
const knownUsers = ({ users, eventsEach }: PreparedLog): ((count: number) => readonly Place[]) => {
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

/** Whole streams of users at random, among so many of the newest. */
const readStreams = async (
  store: EventStore,
  { users }: PreparedLog,
  count: number,
  newest: number = users,
): Promise<Side> => {
  const streams = Array.from({ length: count }, () => `kyc-${FIRST_PREPARED_USER + users - 1 - randomInt(newest)}`)
  const began = performance.now()
  for (const stream of streams) for await (const _ of store.readStream(stream));
  return { value: count / ((performance.now() - began) / 1000) }
}

const PAGE_BYTES = 8192
/**
 * The bytes that SQLite reads at two places of the file for a stream of ten events, where it has nothing in its cache: a page
 * of the index, two of events. (Counted in `/proc/self/io`: 3.3 reads, 27 kB.)
 */
const READ_OF_STREAM = [PAGE_BYTES, 2 * PAGE_BYTES]

/** The bytes of so many streams, at random places of the file, and nothing else. */
const readBytes = (file: string, count: number): Side => {
  const descriptor = openSync(file, 'r')
  try {
    const pages = Math.floor(fstatSync(descriptor).size / PAGE_BYTES)
    const buffer = Buffer.alloc(2 * PAGE_BYTES)
    const began = performance.now()
    for (let i = 0; i < count; i++) {
      for (const bytes of READ_OF_STREAM) readSync(descriptor, buffer, 0, bytes, randomInt(pages) * PAGE_BYTES)
    }
    return { value: count / ((performance.now() - began) / 1000) }
  } finally {
    closeSync(descriptor)
  }
}

/** What takes the time of both, one after the other. */
const oneAfterTheOther = (a: Side, b: Side): Side => ({ value: 1 / (1 / a.value + 1 / b.value) })

export const growth: Measurement = {
  name: 'growth',
  run: async ({ quick, rounds }) => {
    const large = largeLog(quick)
    const small = { ...large, users: quick ? 200 : 1000 }
    const largeDirectory = await sharedLog(large)
    const openSmall = async () => {
      const directory = await prepareLog(small)
      const file = join(directory, 'events.db')
      return { directory, file, store: await openStore(file), draw: knownUsers(small) }
    }
    const closeSmall = async ({ directory, store }: Awaited<ReturnType<typeof openSmall>>): Promise<void> => {
      await store.close()
      removeDirectory(directory)
    }
    const largeFile = join(largeDirectory, 'events.db')
    const ofLarge = await openStore(largeFile)
    let ofSmall = await openSmall()
    const renewSmall = async (): Promise<void> => {
      await closeSmall(ofSmall)
      ofSmall = await openSmall()
      await append(ofSmall.store, newUsers(500))
    }
    const appends = quick ? 200 : 2000
    const few = Math.min(appends, BETWEEN_CHECKPOINTS)
    const ofLargeLog = knownUsers(large)
    const reads = quick ? 1000 : 10_000
    try {
      await readStreams(ofLarge, large, 500)
      await readStreams(ofSmall.store, small, 500)
      const read = await interleave(rounds, {
        large: () => readStreams(ofLarge, large, reads),
        newest: () => readStreams(ofLarge, large, reads, small.users),
        small: () => readStreams(ofSmall.store, small, reads),
        bytes: () => readBytes(largeFile, reads),
      })
      await append(ofLarge, newUsers(500))
      // The small log is another one in each round, or its appends would make it four times as large.
      const appended = await interleave(rounds, {
        large: () => append(ofLarge, ofLargeLog(appends)),
        small: async () => {
          await renewSmall()
          return append(ofSmall.store, ofSmall.draw(appends))
        },
        newLarge: () => append(ofLarge, newUsers(appends)),
        newSmall: () => append(ofSmall.store, newUsers(appends)),
        plainLarge: () => appendWithoutCheckpoint(ofLarge, largeFile, ofLargeLog(few)),
        plainSmall: () => appendWithoutCheckpoint(ofSmall.store, ofSmall.file, ofSmall.draw(few)),
      })
      const size = ({ users, eventsEach }: PreparedLog): string => (users * eventsEach).toLocaleString('en-US')
      const checkpointOf = (side: 'plainLarge' | 'plainSmall'): number =>
        Math.round(
          noted(
            appended.map((result) => result[side]),
            'checkpoint',
          ),
        )
      return [
        figure(
          { what: `append at ${size(large)} events`, against: `at ${size(small)}`, unit: '/s' },
          appended.map((result) => ({ product: result.large, against: result.small })),
          atLeast(0.9),
          [`to users of the log at random, ${CONCURRENCY} at a time, fsynced`],
        ),
        figure(
          { what: `the same at ${size(large)}, without checkpoints`, against: `at ${size(small)}`, unit: '/s' },
          appended.map((result) => ({ product: result.plainLarge, against: result.plainSmall })),
          NO_TARGET,
          [
            `a checkpoint then costs ${checkpointOf('plainLarge')} µs for each append at ${size(large)} and ${checkpointOf('plainSmall')} at ${size(small)}: it writes back the page that each append changed in either index, of which the small log has few`,
          ],
        ),
        figure(
          { what: `append of new users at ${size(large)}`, against: `at ${size(small)}`, unit: '/s' },
          appended.map((result) => ({ product: result.newLarge, against: result.newSmall })),
          NO_TARGET,
          ['new users stand at one edge of the indexes, which is in memory whatever their size'],
        ),
        figure(
          { what: `read a stream at ${size(large)} events`, against: `at ${size(small)}`, unit: '/s' },
          read.map((result) => ({ product: result.large, against: result.small })),
          atLeast(0.9),
          ['any user of each: of the large log hardly one is in the cache of the CPU, of the small one all are'],
        ),
        // The same number of streams, in as much memory: what is left is what the size of the log costs.
        figure(
          {
            what: `read a stream of the newest ${small.users.toLocaleString('en-US')} users at ${size(large)}`,
            against: `at ${size(small)}`,
            unit: '/s',
          },
          read.map((result) => ({ product: result.newest, against: result.small })),
          atLeast(0.9),
        ),
        figure(
          { what: `read a stream at ${size(small)}, then its bytes`, against: `at ${size(small)}`, unit: '/s' },
          read.map((result) => ({ product: oneAfterTheOther(result.small, result.bytes), against: result.small })),
          NO_TARGET,
          [
            "the limit: SQLite's page cache holds all of the small log and hardly a page of the large one, out of whose file three pages at two places are read here for each stream",
          ],
        ),
      ]
    } finally {
      await ofLarge.close()
      await closeSmall(ofSmall)
    }
  },
}
