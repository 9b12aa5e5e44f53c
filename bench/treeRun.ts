import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type { EventStore } from '../src/eventStore/eventStore.ts'
import { openEventStore } from '../src/eventStore/openEventStore.ts'
import type { RecordedEvent } from '../src/eventStore/recordedEvent.ts'
import { inclusionOf } from '../src/evidence/inclusion.ts'
import { leafOf } from '../src/evidence/record.ts'
import { growTree } from '../src/sealing/growTree.ts'
import { TILE_WIDTH } from '../src/tlog/tile.ts'
import { ExpandedHashes } from '../src/tree/expandedHashes.ts'
import { openTree } from '../src/tree/openTree.ts'
import { openTreeReader } from '../src/tree/openTreeReader.ts'
import { readTile } from '../src/tree/tileFiles.ts'
import { FIRST_PREPARED_USER } from './preparedLog.ts'
import { percentile } from './rounds.ts'

/**
 * A process that works on the tree of a whole log once and prints how long that took, its own start left out:
 * - `tree` makes it from nothing in the directory `tree`, durably; `hash` scans the log, hashes each record and does nothing else;
 * - `proofs` shows `count` events of users at random to be in the tree there, out of its files, as the service does: found by
 *   position, proved, the proof checked; `tiles` reads as many tiles at random and works out their nodes.
 */
export interface TreeRun {
  readonly how: 'tree' | 'hash' | 'proofs' | 'tiles'
  readonly events: string
  readonly tree: string
  readonly users: number
  readonly eventsEach: number
  readonly count: number
}

export interface TreeRunResult {
  readonly seconds: number
  /** Of each single one of `proofs` and `tiles`, in milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** Seconds of a processor that it took, waiting for the disk left out. */
  readonly cpu: number
  /** Bytes that are resident at the end, in MiB. */
  readonly mib: number
}

const IDENTITY = { logId: '00000000-0000-4000-8000-000000000000', generation: 0, losses: 0 }

/** What files and code are warm with before anything is timed. */
const WARM_UP = 300

const timed = (count: number, once: (n: number) => void): readonly number[] =>
  Array.from({ length: count }, (_, n) => {
    const began = performance.now()
    once(n)
    return performance.now() - began
  })

const eventsAtRandom = async (
  store: EventStore,
  { users, eventsEach }: TreeRun,
  count: number,
): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = []
  while (events.length < count) {
    const stream = `kyc-${FIRST_PREPARED_USER + randomInt(users)}`
    for await (const event of store.readStream(stream, { from: randomInt(eventsEach), limit: 1 })) events.push(event)
  }
  return events
}

const proveAll = async (store: EventStore, job: TreeRun): Promise<readonly number[]> => {
  const writer = openTree(job.tree, IDENTITY)
  const head = { size: writer.size(), root: writer.rootAt(writer.size()) }
  writer.close()
  const reader = openTreeReader(job.tree)
  const events = await eventsAtRandom(store, job, WARM_UP + job.count)
  return timed(events.length, (n) => {
    const { _tag } = inclusionOf(events[n] as RecordedEvent, head, reader)
    if (_tag !== 'included') throw new Error(`an event is ${_tag}`)
  }).slice(WARM_UP)
}

const readTiles = ({ tree, users, eventsEach, count }: TreeRun): readonly number[] => {
  const tiles = Math.floor((users * eventsEach) / TILE_WIDTH)
  return timed(WARM_UP + count, () => {
    new ExpandedHashes(readTile(tree, { level: 0, n: randomInt(tiles), width: TILE_WIDTH }))
  }).slice(WARM_UP)
}

const makeTree = async (store: EventStore, { tree }: TreeRun): Promise<void> => {
  const writer = openTree(tree, IDENTITY)
  if (writer.size() > 0) throw new Error('there is a tree already')
  await growTree(store, writer)
  writer.save()
  writer.close()
}

const hashAll = async (store: EventStore): Promise<void> => {
  for await (const events of store.readAll()) for (const event of events) leafOf(event)
}

const run = async (store: EventStore, job: TreeRun): Promise<readonly number[]> => {
  const began = performance.now()
  switch (job.how) {
    case 'tree':
      await makeTree(store, job)
      return [performance.now() - began]
    case 'hash':
      await hashAll(store)
      return [performance.now() - began]
    case 'proofs':
      return proveAll(store, job)
    case 'tiles':
      return readTiles(job)
    default:
      return job.how satisfies never
  }
}

if (import.meta.main) {
  const job = JSON.parse(process.argv[2] ?? '') as TreeRun
  const opened = await openEventStore({ kind: 'sqlite', file: join(job.events, 'events.db') }, { readOnly: true })()
  if (E.isLeft(opened)) throw new Error(opened.left.reason)
  const before = process.cpuUsage()
  const took = await run(opened.right, job)
  const { user, system } = process.cpuUsage(before)
  await opened.right.close()
  const result: TreeRunResult = {
    seconds: took.reduce((sum, ms) => sum + ms, 0) / 1000,
    p50: percentile(took, 0.5),
    p99: percentile(took, 0.99),
    max: percentile(took, 1),
    cpu: (user + system) / 1e6,
    mib: process.memoryUsage.rss() / 2 ** 20,
  }
  console.log(JSON.stringify(result))
}
