import { randomInt } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { FIRST_PREPARED_USER, type PreparedLog } from '../preparedLog.ts'
import type { Side } from '../rounds.ts'

/** Whole streams of users at random, among so many of the newest. */
export const readStreams = async (
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
export const readBytes = (file: string, count: number): Side => {
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
export const oneAfterTheOther = (a: Side, b: Side): Side => ({ value: 1 / (1 / a.value + 1 / b.value) })
