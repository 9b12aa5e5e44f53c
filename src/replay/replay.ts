import { existsSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import { fold } from '../../domain/state/fold.ts'
import type { KycState } from '../../domain/state/kycState.ts'
import { KYC_STATUS, rowOf } from '../../projections/kycStatus.ts'
import { readStoreConfig } from '../config/config.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { openEventStore } from '../eventStore/openEventStore.ts'
import { patient, waitingFor } from '../eventStore/patientStore.ts'
import type { Position, Revision } from '../eventStore/recordedEvent.ts'
import { checkIdentity, heldIdentity } from '../joining/belonging.ts'
import { carriedBy } from '../joining/carried.ts'
import { fitOf } from '../joining/fit.ts'
import { LogRefused, shortened } from '../joining/refusal.ts'
import { readClockRecords } from '../ledger/clockCorrections.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import {
  checkpointOf,
  openReadModelSnapshot,
  type ReadModelSnapshot,
  type Row,
} from '../readModel/database/snapshot.ts'
import { openReadModelWriter, type ReadModelWriter } from '../readModel/database/writer.ts'
import {
  abandonedReadModels,
  currentReadModel,
  newReadModel,
  removeReadModel,
  takeReplayLock,
  useReadModel,
} from '../readModel/file.ts'
import type { Progress } from '../readModel/projection/progress.ts'
import { runProjection } from '../readModel/projection/runProjection.ts'
import { standingIn } from '../readModel/standing.ts'
import { uncertainState } from '../readModel/uncertain.ts'
import { readUserEvents } from '../readModel/userEvents.ts'
import { countEvents } from './countEvents.ts'
import { progressBar } from './progressBar.ts'
import { upTo } from './upTo.ts'

/** Fewer than in the service: a replay runs beside it. */
const STATES_KEPT = 1000

/** Says of whom nothing is certain, and whether that is because the log is damaged. */
const teller = () => {
  let damaged = false
  return {
    progressed: ({ uncertain = [] }: Progress): void => {
      for (const { stream, kind, reason } of uncertain) {
        console.error(`nothing is certain about the user of ${stream}: ${kind}, ${reason}`)
        damaged ||= kind === 'history-damaged'
      }
    },
    isDamaged: (): boolean => damaged,
  }
}
type Teller = ReturnType<typeof teller>

const ACCEPT = '--accept-lost-events'
const LISTED = 20

/** The users who are `unknown` because events were taken out of their streams. */
const usersWhoLostEvents = (file: string): readonly UserId[] => {
  const model = openReadModelWriter(file)
  try {
    return [...new Set((['history-removed', 'history-incomplete'] as const).flatMap(model.usersWith))]
  } finally {
    model.close()
  }
}

const tellLost = (users: readonly UserId[]): string => {
  const some = users.slice(0, LISTED).join(', ')
  const more = users.length > LISTED ? ` and ${users.length - LISTED} more` : ''
  return `events of ${users.length} users were taken out of the log, who are unknown from it: ${some}${more}`
}

/** Projects the log into `file`, from where that stands. */
const build = async (store: EventStore, file: string, tell: Teller): Promise<void> => {
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
        // Of no progress the bar makes no time left, but half a word.
        if (batch.events.length === 0) continue
        events += batch.events.length
        const rate = Math.round(events / ((performance.now() - startedAt) / 1000))
        bar.update(events, { events, rate })
      }
    },
  }
  try {
    await runProjection(counted, model, new AbortController().signal, tell.progressed, STATES_KEPT)
  } finally {
    bar.stop()
    model.close()
  }
}

const UNREADABLE = 'READ_MODEL_UNREADABLE'

/** What goes wrong in the read model in use says nothing against the log or the rebuilt one. */
const unreadable = (cause: unknown): Error => {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const message = `the read model in use cannot be read, and so not be compared: ${reason}`
  return Object.assign(new Error(message), { code: UNREADABLE })
}

const isUnreadable = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === UNREADABLE

const reading = <A>(read: () => A): A => {
  try {
    return read()
  } catch (error) {
    throw unreadable(error)
  }
}

/** Opens the read model in use. What is damaged in it fails as `unreadable`, now or where it is come upon. */
const openServed = (file: string): ReadModelSnapshot => {
  const served = reading(() => openReadModelSnapshot(file))
  return {
    ...served,
    checkpoint: () => reading(served.checkpoint),
    rows: function* (table) {
      try {
        yield* served.rows(table)
      } catch (error) {
        throw unreadable(error)
      }
    },
    rowLike: (table, row) => reading(() => served.rowLike(table, row)),
  }
}

const belongTo = (file: string, log: LogIdentity): void => {
  const model = openReadModelWriter(file)
  model.belongTo(log)
  model.close()
}

/** The users of whom more is folded in `served` than in `rebuilt`, each with the revision up to which it is. */
const usersAhead = (served: ReadModelSnapshot, rebuilt: ReadModelSnapshot): ReadonlyMap<UserId, Revision> => {
  const ahead = new Map<UserId, Revision>()
  for (const row of served.rows('kyc_status')) {
    const revision = Number(row['revision'])
    const reached = Number(rebuilt.rowLike('kyc_status', row)?.['revision'])
    if (revision > reached) ahead.set(row['user_id'] as UserId, revision)
  }
  return ahead
}

/**
 * The service reads the streams of users who are not in its memory ahead of its checkpoint: where it has done so, the
 * rebuilt read model is read on as far.
 */
const readAhead = async (store: EventStore, served: ReadModelSnapshot, rebuiltFile: string): Promise<void> => {
  const rebuilt = openReadModelSnapshot(rebuiltFile)
  let ahead: ReturnType<typeof usersAhead>
  try {
    ahead = usersAhead(served, rebuilt)
  } finally {
    rebuilt.close()
  }
  const model = openReadModelWriter(rebuiltFile)
  try {
    await readUsersAhead(store, model, ahead)
    const furthestEvent = standingIn(served)?.furthestEvent ?? null
    if (furthestEvent !== null) model.readTo(furthestEvent)
  } finally {
    model.close()
  }
}

const readUsersAhead = async (
  store: EventStore,
  model: ReadModelWriter,
  ahead: ReadonlyMap<UserId, Revision>,
): Promise<void> => {
  const { corrections } = await readClockRecords(store)
  for (const [userId, revision] of ahead) {
    const folded = async (): Promise<KycState> => {
      const { own, orphans } = await readUserEvents(store, userId, model.orphansOf(userId))
      const known = own.filter((event) => event.revision <= revision)
      try {
        return fold(userId, known, orphans, { corrections })
      } catch {
        return uncertainState(userId, 'unreadable-event', revision)
      }
    }
    for (const { documentId } of (await folded()).documents) model.addOwner(documentId, userId)
    model.put(rowOf(await folded()))
  }
}

const describe = (row: Row | undefined): string =>
  row === undefined ? 'no row' : 'status' in row ? `${row['status']}, revision ${row['revision']}` : 'a row'

/** Goes through all tables of both read models and tells of every row that is not the same. */
const compare = (served: ReadModelSnapshot, rebuiltFile: string, report: (line: string) => void): number => {
  const rebuilt = openReadModelSnapshot(rebuiltFile)
  let differences = 0
  const look = (table: string, key: Row, before: Row | undefined, after: Row | undefined): void => {
    if (isDeepStrictEqual(before, after)) return
    differences += 1
    const name = table === 'kyc_status' ? 'user' : table
    const id = rebuilt.keyOf(table).map((column) => key[column])
    report(`${name} ${id.join(' ')}: served ${describe(before)}; rebuilt ${describe(after)}`)
  }
  try {
    for (const table of rebuilt.tables()) {
      for (const row of served.rows(table)) look(table, row, row, rebuilt.rowLike(table, row))
      for (const row of rebuilt.rows(table)) {
        if (served.rowLike(table, row) === undefined) look(table, row, undefined, row)
      }
    }
    return differences
  } finally {
    rebuilt.close()
  }
}

interface Comparison {
  /** How many rows differ. */
  readonly differences: number
  /** Up to where the read model in use has come. */
  readonly upTo: Position | null
}

/**
 * Compares the read model in use with the rebuilt one, which is first brought to where the other stands by now, if the
 * log is that one's. `null` where there is none that can be read and compared.
 */
const compareWithServed = async (
  store: EventStore,
  servedFile: string,
  rebuiltFile: string,
  isOfLog: boolean,
  tell: Teller,
): Promise<Comparison | null> => {
  if (!existsSync(servedFile)) return null
  let served: ReadModelSnapshot | null = null
  try {
    served = openServed(servedFile)
    if (served.version !== KYC_STATUS.version) {
      console.error('the read model in use was made by another version of this service')
      return null
    }
    const now = served.checkpoint()
    if (isOfLog && now !== null) {
      if (now > (checkpointOf(rebuiltFile) ?? '')) await build(upTo(store, now), rebuiltFile, tell)
      await readAhead(store, served, rebuiltFile)
    }
    return { differences: compare(served, rebuiltFile, console.log), upTo: now }
  } catch (error) {
    if (!isUnreadable(error)) throw error
    console.error(error.message)
    return null
  } finally {
    served?.close()
  }
}

const endOfLog = async (store: EventStore): Promise<Position | null> => {
  let end: Position | null = null
  for await (const events of store.readAll(null, () => undefined)) end = events.at(-1)?.position ?? end
  return end
}

/**
 * `replay [--dry-run] [--accept-lost-events]`: rebuilds the read model from the log into a new file beside the one in use, compares the two
 * and puts the new one in use; with `--dry-run` it only compares (exit code 1 if they differ). The service may run all
 * the while. Whatever breaks it off leaves the read model in use as it is, and so does a log out of which events of users
 * were taken, until somebody accepts that.
 */
export const replayCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const dryRun = words.includes('--dry-run')
  const unknown = words.filter((word) => word !== '--dry-run' && word !== ACCEPT)
  const config = readStoreConfig(environment)
  if (unknown.length > 0 || E.isLeft(config)) {
    console.error(E.isLeft(config) ? config.left.join('\n') : `usage: replay [--dry-run] [${ACCEPT}]`)
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
  const store = patient(opened.right, waitingFor('event store'))
  const rebuilt = newReadModel(dataDir, Date.now())
  try {
    for (const file of abandonedReadModels(dataDir)) removeReadModel(file)
    const current = currentReadModel(dataDir)
    const carried = carriedBy(dataDir)
    const identity = await heldIdentity(store, carried)
    await checkIdentity(store, eventStore, dataDir, carried, identity)
    const fit = await fitOf(store, current, carried.readModel, identity)
    if (fit._tag === 'Lost') throw new LogRefused(shortened(eventStore, dataDir, fit.lost))
    const endNow = await endOfLog(store)
    const end = (fit._tag === 'Fits' ? carried.readModel?.position : null) ?? endNow
    if (end === null) {
      console.log('the log is empty: nothing to replay')
      return 0
    }
    if (fit._tag === 'MadeAnew') console.error(`the read model in use does not go with this log: ${fit.why}`)
    const tell = teller()
    await build(upTo(store, end), rebuilt, tell)
    if (tell.isDamaged()) {
      removeReadModel(rebuilt)
      console.error('the log is damaged: the read model in use stays, and may know more; restore the log from a backup')
      return 1
    }
    if (identity !== null) belongTo(rebuilt, identity)
    const comparison = await compareWithServed(store, current, rebuilt, fit._tag === 'Fits', tell)
    const stopped = comparison !== null && (comparison.upTo ?? '') < (endNow ?? '')
    console.log(
      comparison === null
        ? 'there is no read model that the rebuilt one can be compared with'
        : comparison.differences > 0
          ? `${comparison.differences} rows differ`
          : stopped
            ? 'no row differs as far as the read model in use goes'
            : 'the rebuilt read model is the same, row by row',
    )
    if (stopped) {
      console.log(`the read model in use ends at position ${comparison.upTo}, the log at ${endNow}`)
      await build(upTo(store, endNow ?? end), rebuilt, tell)
    }
    const lost = usersWhoLostEvents(rebuilt)
    if (lost.length > 0) console.error(tellLost(lost))
    if (lost.length > 0 && !words.includes(ACCEPT) && !dryRun) {
      removeReadModel(rebuilt)
      console.error(`the read model in use stays; with ${ACCEPT} the rebuilt one takes its place`)
      return 1
    }
    if (dryRun) {
      removeReadModel(rebuilt)
      return comparison?.differences === 0 && !stopped ? 0 : 1
    }
    useReadModel(dataDir, rebuilt)
    console.log('the rebuilt read model is in use; a running service takes it up within a second')
    return 0
  } catch (error) {
    removeReadModel(rebuilt)
    if (!(error instanceof LogRefused)) throw error
    console.error(error.message)
    return 1
  } finally {
    await store.close()
    lock.release()
  }
}
