import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { atLeast, type Figure, figure, type Measurement, NO_TARGET, noted, type Scale } from '../measurement.ts'
import { largeLog, openStore, type PreparedLog, prepareLog, sharedLog } from '../preparedLog.ts'
import { newDirectory, removeDirectory } from '../processes.ts'
import { interleave } from '../rounds.ts'
import { append, appendWithoutCheckpoint, BETWEEN_CHECKPOINTS, CONCURRENCY, knownUsers, newUsers } from './appends.ts'
import { openBareLog } from './bareAppends.ts'
import { oneAfterTheOther, readBytes, readStreams } from './reads.ts'

/** Appends of a round take a fifth of a second: one round says little. */
const TIMES_THE_ROUNDS = 4

const fileIn = (directory: string): string => join(directory, 'events.db')
const eventsOf = ({ users, eventsEach }: PreparedLog): number => users * eventsEach
const appendsOf = (quick: boolean): number => (quick ? 200 : 2000)

/** A log that was prepared, and where it is. */
interface Log {
  readonly of: PreparedLog
  readonly directory: string
}

/** What streams are read and events appended at, each round right after the other. */
const ofStores = async ({ quick, rounds }: Scale, large: Log, small: Log) => {
  const openSmall = async () => {
    const directory = newDirectory()
    cpSync(small.directory, directory, { recursive: true })
    const file = fileIn(directory)
    return { directory, file, store: await openStore(file), draw: knownUsers(small.of) }
  }
  const closeSmall = async ({ directory, store }: Awaited<ReturnType<typeof openSmall>>): Promise<void> => {
    await store.close()
    removeDirectory(directory)
  }
  const largeFile = fileIn(large.directory)
  const ofLarge = await openStore(largeFile)
  let ofSmall = await openSmall()
  const renewSmall = async (): Promise<void> => {
    await closeSmall(ofSmall)
    ofSmall = await openSmall()
    await append(ofSmall.store, newUsers(500))
  }
  const appends = appendsOf(quick)
  const few = Math.min(appends, BETWEEN_CHECKPOINTS)
  const ofLargeLog = knownUsers(large.of)
  const reads = quick ? 1000 : 10_000
  try {
    await readStreams(ofLarge, large.of, 500)
    await readStreams(ofSmall.store, small.of, 500)
    const read = await interleave(rounds, {
      large: () => readStreams(ofLarge, large.of, reads),
      newest: () => readStreams(ofLarge, large.of, reads, small.of.users),
      small: () => readStreams(ofSmall.store, small.of, reads),
      bytes: () => readBytes(largeFile, reads),
    })
    await append(ofLarge, newUsers(500))
    // The small log is another one in each round, or its appends would make it many times as large.
    const appended = await interleave(TIMES_THE_ROUNDS * rounds, {
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
    return { read, appended }
  } finally {
    await ofLarge.close()
    await closeSmall(ofSmall)
  }
}

/** The same appends to SQLite alone. */
const ofBareLogs = async ({ quick, rounds }: Scale, large: Log, small: Log, indexed: boolean) => {
  const ofLarge = openBareLog(fileIn(large.directory), eventsOf(large.of), indexed)
  const ofLargeLog = knownUsers(large.of)
  const appends = appendsOf(quick)
  try {
    ofLarge.append(newUsers(500))
    return await interleave(TIMES_THE_ROUNDS * rounds, {
      large: () => ofLarge.append(ofLargeLog(appends)),
      small: () => {
        const ofSmall = openBareLog(fileIn(small.directory), eventsOf(small.of), indexed)
        try {
          ofSmall.append(newUsers(500))
          return ofSmall.append(knownUsers(small.of)(appends))
        } finally {
          ofSmall.close()
        }
      },
    })
  } finally {
    ofLarge.close()
  }
}

export const growth: Measurement = {
  name: 'growth',
  run: async (scale) => {
    const ofLarge = largeLog(scale.quick)
    const ofSmall = { ...ofLarge, users: scale.quick ? 200 : 1000 }
    const large: Log = { of: ofLarge, directory: await sharedLog(ofLarge) }
    const small: Log = { of: ofSmall, directory: await prepareLog(ofSmall) }
    const { read, appended } = await ofStores(scale, large, small)
    const indexed = await ofBareLogs(scale, large, small, true)
    const rows = await ofBareLogs(scale, large, small, false)
    removeDirectory(small.directory)
    const size = (log: PreparedLog): string => eventsOf(log).toLocaleString('en-US')
    const checkpointOf = (side: 'plainLarge' | 'plainSmall'): number =>
      Math.round(
        noted(
          appended.map((result) => result[side]),
          'checkpoint',
        ),
      )
    const bare = (results: typeof indexed, what: string, remarks: readonly string[]): Figure =>
      figure(
        { what: `${what} at ${size(ofLarge)} events`, against: `at ${size(ofSmall)}`, unit: '/s' },
        results.map((result) => ({ product: result.large, against: result.small })),
        NO_TARGET,
        remarks,
      )
    return [
      figure(
        { what: `append at ${size(ofLarge)} events`, against: `at ${size(ofSmall)}`, unit: '/s' },
        appended.map((result) => ({ product: result.large, against: result.small })),
        atLeast(0.9),
        [`to users of the log at random, ${CONCURRENCY} at a time, fsynced`],
      ),
      figure(
        { what: `the same at ${size(ofLarge)}, without checkpoints`, against: `at ${size(ofSmall)}`, unit: '/s' },
        appended.map((result) => ({ product: result.plainLarge, against: result.plainSmall })),
        NO_TARGET,
        [
          `a checkpoint then costs ${checkpointOf('plainLarge')} µs for each append at ${size(ofLarge)} and ${checkpointOf('plainSmall')} at ${size(ofSmall)}: it writes back the page that each append changed in either index, of which the small log has few`,
        ],
      ),
      bare(indexed, 'in SQLite alone, rows and their one index by stream: append', [
        'no id looked up, nothing decided or handed over; a checkpoint at the end is counted',
      ]),
      bare(rows, 'in SQLite alone, rows that nobody finds by stream: append', []),
      figure(
        { what: `append of new users at ${size(ofLarge)}`, against: `at ${size(ofSmall)}`, unit: '/s' },
        appended.map((result) => ({ product: result.newLarge, against: result.newSmall })),
        NO_TARGET,
        ['new users stand at one edge of the indexes, which is in memory whatever their size'],
      ),
      figure(
        { what: `read a stream at ${size(ofLarge)} events`, against: `at ${size(ofSmall)}`, unit: '/s' },
        read.map((result) => ({ product: result.large, against: result.small })),
        atLeast(0.9),
        ['any user of each: of the large log hardly one is in the cache of the CPU, of the small one all are'],
      ),
      // The same number of streams, in as much memory: what is left is what the size of the log costs.
      figure(
        {
          what: `read a stream of the newest ${ofSmall.users.toLocaleString('en-US')} users at ${size(ofLarge)}`,
          against: `at ${size(ofSmall)}`,
          unit: '/s',
        },
        read.map((result) => ({ product: result.newest, against: result.small })),
        atLeast(0.9),
      ),
      figure(
        { what: `read a stream at ${size(ofSmall)}, then its bytes`, against: `at ${size(ofSmall)}`, unit: '/s' },
        read.map((result) => ({ product: oneAfterTheOther(result.small, result.bytes), against: result.small })),
        NO_TARGET,
        [
          "the limit: SQLite's page cache holds all of the small log and hardly a page of the large one, out of whose file three pages at two places are read here for each stream",
        ],
      ),
    ]
  },
}
