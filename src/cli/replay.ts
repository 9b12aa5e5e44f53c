import { existsSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { fold } from '../../domain/fold.ts'
import { rowOf, stateOfRow } from '../../projections/kycStatus.ts'
import { readConfig } from '../config.ts'
import { entityTag } from '../entityTag.ts'
import type { EventStore, Position } from '../eventStore/eventStore.ts'
import { openEventStore } from '../eventStore/openEventStore.ts'
import {
  openReadModelSnapshot,
  openReadModelWriter,
  type ReadModelSnapshot,
  type SnapshotRow,
} from '../readModel/database.ts'
import {
  abandonedReadModels,
  currentReadModel,
  newReadModel,
  removeReadModel,
  takeReplayLock,
  useReadModel,
} from '../readModel/file.ts'
import { runProjection } from '../readModel/runProjection.ts'
import { readUserEvents } from '../readModel/userEvents.ts'
import { countEvents } from './countEvents.ts'
import { progressBar } from './progressBar.ts'
import { upTo } from './upTo.ts'

/** Fewer than in the service: a replay runs beside it. */
const STATES_KEPT = 1000

/** Projects the log into `file`, from where that stands. */
const build = async (store: EventStore, file: string): Promise<void> => {
  const model = openReadModelWriter(file)
  const bar = progressBar('replay')
  const startedAt = performance.now()
  let events = 0
  bar.start(await countEvents(store, model.checkpoint()), 0, { events: 0, rate: 0 })
  const counted: EventStore = {
    ...store,
    follow: async function* (after, signal) {
      for await (const batch of store.follow(after, signal)) {
        yield batch
        events += batch.events.length
        const rate = Math.round(events / ((performance.now() - startedAt) / 1000))
        bar.update(events, { events, rate })
      }
    },
  }
  try {
    await runProjection(counted, model, new AbortController().signal, () => undefined, STATES_KEPT)
  } finally {
    bar.stop()
    model.close()
  }
}

const isSame = (a: SnapshotRow, b: SnapshotRow): boolean =>
  a.body === b.body &&
  a.etag === b.etag &&
  a.status === b.status &&
  a.nextReviewDate === b.nextReviewDate &&
  a.anomalies === b.anomalies &&
  a.state === b.state

/** The revision up to which a row is folded; `null` where its state cannot be read. */
const revisionOf = ({ state }: SnapshotRow): number | null => {
  try {
    return stateOfRow(state).revision ?? null
  } catch {
    return null
  }
}

/**
 * Whether the served row is right although the rebuilt one differs: a late event made the service read the user's
 * stream ahead of its checkpoint, and the row is what the log says up to there.
 */
const isAhead = async (store: EventStore, served: SnapshotRow, orphans: readonly number[]): Promise<boolean> => {
  const revision = revisionOf(served)
  if (revision === null) return false
  const events = await readUserEvents(store, served.userId, orphans)
  const state = fold(
    served.userId,
    events.own.filter((event) => event.revision <= revision),
    events.orphans,
  )
  const row = rowOf(state)
  return isSame(served, { ...row, anomalies: JSON.stringify(row.anomalies), etag: entityTag(row.body) })
}

const describe = (row: SnapshotRow | undefined): string =>
  row === undefined ? 'no row' : `${row.status}, revision ${revisionOf(row) ?? 'unreadable'}`

/** The read model in use; `null` where there is none, or none that can be read and compared. */
const openServed = (file: string): ReadModelSnapshot | null => {
  if (!existsSync(file)) return null
  try {
    return openReadModelSnapshot(file)
  } catch (error) {
    console.error(`the read model in use cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    return null
  }
}

/** Walks both read models in the order of the user ids and tells of every row that is not the same. */
const compare = async (
  store: EventStore,
  served: ReadModelSnapshot,
  rebuiltFile: string,
  report: (line: string) => void,
): Promise<number> => {
  const rebuilt = openReadModelSnapshot(rebuiltFile)
  let differences = 0
  const differ = (userId: string, before: SnapshotRow | undefined, after: SnapshotRow | undefined): void => {
    differences += 1
    report(`user ${userId}: served ${describe(before)}; rebuilt ${describe(after)}`)
  }
  const left = served.rows()
  const right = rebuilt.rows()
  let a = left.next()
  let b = right.next()
  while (!a.done || !b.done) {
    if (b.done || (!a.done && a.value.userId < b.value.userId)) {
      if (!a.done) differ(a.value.userId, a.value, undefined)
      a = left.next()
    } else if (a.done || b.value.userId < a.value.userId) {
      differ(b.value.userId, undefined, b.value)
      b = right.next()
    } else {
      if (!isSame(a.value, b.value) && !(await isAhead(store, a.value, served.orphansOf(a.value.userId)))) {
        differ(a.value.userId, a.value, b.value)
      }
      a = left.next()
      b = right.next()
    }
  }
  rebuilt.close()
  return differences
}

const endOfLog = async (store: EventStore): Promise<Position | null> => {
  let end: Position | null = null
  for await (const events of store.readAll()) end = events.at(-1)?.position ?? end
  return end
}

/**
 * `replay [--dry-run]`: rebuilds the read model from the log into a new file beside the one in use, compares the two
 * and puts the new one in use; with `--dry-run` it only compares (exit code 1 if they differ). The service may run all
 * the while. Whatever breaks it off leaves the read model in use as it is.
 */
export const replayCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const dryRun = words.includes('--dry-run')
  const unknown = words.filter((word) => word !== '--dry-run')
  const config = readConfig({ HOST: '127.0.0.1', ...environment })
  if (unknown.length > 0 || E.isLeft(config)) {
    console.error(E.isLeft(config) ? config.left.join('\n') : 'usage: replay [--dry-run]')
    return 2
  }
  const { dataDir, eventStore } = config.right
  if (!existsSync(dataDir)) {
    console.error(`there is no directory ${dataDir}; set DATA_DIR and EVENT_STORE as for the service`)
    return 2
  }
  const lock = takeReplayLock(dataDir)
  if (lock === null) {
    console.error('another replay is running')
    return 1
  }
  const opened = await openEventStore(eventStore, { readOnly: true })()
  if (E.isLeft(opened)) {
    console.error(opened.left.reason)
    lock.release()
    return 1
  }
  const store = opened.right
  const rebuilt = newReadModel(dataDir, Date.now())
  try {
    for (const file of abandonedReadModels(dataDir)) removeReadModel(file)
    const current = currentReadModel(dataDir)
    const firstEnd = openServed(current)?.closeWithCheckpoint() ?? null
    const start = firstEnd ?? (await endOfLog(store))
    if (start === null) {
      console.log('the log is empty: nothing to replay')
      return 0
    }
    await build(upTo(store, start), rebuilt)

    const served = openServed(current)
    let differences: number | null = null
    if (served !== null) {
      const checkpoint = served.checkpoint()
      if (checkpoint !== null && checkpoint > start) await build(upTo(store, checkpoint), rebuilt)
      differences = await compare(store, served, rebuilt, console.log)
      served.close()
    }
    console.log(
      differences === null
        ? 'there is no read model to compare the rebuilt one with'
        : differences === 0
          ? 'the rebuilt read model is the same, row by row'
          : `${differences} rows differ`,
    )
    if (dryRun) {
      removeReadModel(rebuilt)
      return differences === 0 ? 0 : 1
    }
    useReadModel(dataDir, rebuilt)
    console.log('the rebuilt read model is in use; a running service takes it up within a second')
    return 0
  } catch (error) {
    removeReadModel(rebuilt)
    throw error
  } finally {
    await store.close()
    lock.release()
  }
}
