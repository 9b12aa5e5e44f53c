import type { EventStore } from '../eventStore/eventStore.ts'
import type { EventStoreConfig } from '../eventStore/eventStoreConfig.ts'
import type { Position } from '../eventStore/recordedEvent.ts'
import { checkIdentity, heldIdentity } from '../joining/belonging.ts'
import { carriedBy } from '../joining/carried.ts'
import { fitOf } from '../joining/fit.ts'
import { LogRefused, shortened } from '../joining/refusal.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import { openReadModelWriter } from '../readModel/database/writer.ts'
import {
  abandonedReadModels,
  currentReadModel,
  newReadModel,
  removeReadModel,
  useReadModel,
} from '../readModel/file.ts'
import { holdAgainstSeals } from '../sealing/holdAgainstSeals.ts'
import { build } from './build.ts'
import { type Comparison, compareWithServed } from './compareWithServed.ts'
import { tellTakenOut, usersWhoLostEvents } from './takenOut.ts'
import { tellUncertain } from './tellUncertain.ts'
import { upTo } from './upTo.ts'

/** The word by which somebody accepts that events were taken out of the log. */
export const ACCEPT_LOST_EVENTS = '--accept-lost-events'

/** What somebody who asks for a replay wants of it. */
interface Wanted {
  /** Only to compare. */
  readonly dryRun: boolean
  /** To put the rebuilt read model in use also where events were taken out of the log. */
  readonly acceptLostEvents: boolean
}

const endOfLog = async (store: EventStore): Promise<Position | null> => {
  let end: Position | null = null
  for await (const events of store.readAll(null, () => undefined)) end = events.at(-1)?.position ?? end
  return end
}

const belongTo = (file: string, log: LogIdentity): void => {
  const model = openReadModelWriter(file)
  model.belongTo(log)
  model.close()
}

const told = (comparison: Comparison | null, stopped: boolean): string => {
  if (comparison === null) return 'there is no read model that the rebuilt one can be compared with'
  if (comparison.differences > 0) return `${comparison.differences} rows differ`
  return stopped
    ? 'no row differs as far as the read model in use goes'
    : 'the rebuilt read model is the same, row by row'
}

const rebuild = async (
  store: EventStore,
  eventStore: EventStoreConfig,
  dataDir: string,
  rebuilt: string,
  { dryRun, acceptLostEvents }: Wanted,
): Promise<number> => {
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
  const { progressed, isDamaged } = tellUncertain()
  await build(upTo(store, end), rebuilt, progressed)
  if (isDamaged()) {
    removeReadModel(rebuilt)
    console.error('the log is damaged: the read model in use stays, and may know more; restore the log from a backup')
    return 1
  }
  const otherwise = identity === null ? null : await holdAgainstSeals(store, dataDir, identity)
  if (otherwise !== null) console.error(`the log is not the one that was sealed: ${otherwise}`)
  if (otherwise !== null && !acceptLostEvents && !dryRun) {
    removeReadModel(rebuilt)
    console.error(`the read model in use stays; with ${ACCEPT_LOST_EVENTS} the rebuilt one takes its place`)
    return 1
  }
  if (identity !== null) belongTo(rebuilt, identity)
  const comparison = await compareWithServed(store, current, rebuilt, fit._tag === 'Fits', progressed)
  const stopped = comparison !== null && (comparison.upTo ?? '') < (endNow ?? '')
  console.log(told(comparison, stopped))
  if (stopped) {
    console.log(`the read model in use ends at position ${comparison.upTo}, the log at ${endNow}`)
    await build(upTo(store, endNow ?? end), rebuilt, progressed)
  }
  const lost = usersWhoLostEvents(rebuilt)
  if (lost.length > 0) console.error(tellTakenOut(lost))
  if (lost.length > 0 && !acceptLostEvents && !dryRun) {
    removeReadModel(rebuilt)
    console.error(`the read model in use stays; with ${ACCEPT_LOST_EVENTS} the rebuilt one takes its place`)
    return 1
  }
  if (dryRun) {
    removeReadModel(rebuilt)
    return comparison?.differences === 0 && !stopped && otherwise === null ? 0 : 1
  }
  useReadModel(dataDir, rebuilt)
  console.log('the rebuilt read model is in use; a running service takes it up within a second')
  return 0
}

/**
 * Rebuilds the read model from the log into a new file beside the one in use, compares the two and puts the new one in use.
 * Says on the terminal what it finds; gives the exit code. Whatever breaks it off leaves the read model in use as it is, and
 * so does a log out of which events of users were taken, until somebody accepts that. The caller holds the lock. Throws
 * `LogRefused` where the log is not the one of the directory.
 */
export const replay = async (
  store: EventStore,
  eventStore: EventStoreConfig,
  dataDir: string,
  wanted: Wanted,
): Promise<number> => {
  const rebuilt = newReadModel(dataDir, Date.now())
  try {
    return await rebuild(store, eventStore, dataDir, rebuilt, wanted)
  } catch (error) {
    removeReadModel(rebuilt)
    throw error
  }
}
