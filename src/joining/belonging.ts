import { existsSync } from 'node:fs'
import type { StoreConfig } from '../config/config.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { EventStoreConfig } from '../eventStore/eventStoreConfig.ts'
import { isEndOfLog } from '../eventStore/isEndOfLog.ts'
import { isStoreDamaged } from '../eventStore/readFailure.ts'
import { shown } from '../eventStore/shown.ts'
import { type LogIdentity, readIdentity } from '../ledger/logIdentity.ts'
import { type Carried, carriedBy } from './carried.ts'
import { anotherLog, LogRefused, lostLog } from './refusal.ts'

/** A mistyped path must not become a new log: the file is looked for before it would be made. */
export const checkLogIsThere = ({ eventStore, dataDir }: StoreConfig): void => {
  if (eventStore.kind !== 'sqlite' || existsSync(eventStore.file)) return
  const { readModel, logIds } = carriedBy(dataDir)
  if (logIds.length > 0 || readModel?.furthestEvent != null) throw new Error(lostLog(eventStore, dataDir))
}

/**
 * The identity of the log. A server that does not show one is asked again where the directory belongs to a log; where just
 * that is damaged, the read model is believed.
 */
export const heldIdentity = async (store: EventStore, { readModel, logIds }: Carried): Promise<LogIdentity | null> => {
  try {
    return await (logIds.length > 0 ? shown(store, () => readIdentity(store)) : readIdentity(store))
  } catch (error) {
    if (!isStoreDamaged(error) || readModel === null || readModel.log === null) throw error
    return readModel.log
  }
}

/** Throws unless the log is the one that the directory belongs to, if it belongs to any. */
export const checkIdentity = async (
  store: EventStore,
  eventStore: EventStoreConfig,
  dataDir: string,
  { readModel, logIds }: Carried,
  identity: LogIdentity | null,
): Promise<void> => {
  const stranger = logIds.find((id) => id !== identity?.logId)
  const wasMadeFromLog = stranger !== undefined || readModel?.furthestEvent != null
  if (identity === null && wasMadeFromLog && (await isEndOfLog(store, null))) {
    throw new LogRefused(lostLog(eventStore, dataDir))
  }
  if (stranger !== undefined) throw new LogRefused(anotherLog(eventStore, dataDir, identity?.logId ?? null, stranger))
}
