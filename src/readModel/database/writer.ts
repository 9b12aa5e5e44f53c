import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { Position } from '../../eventStore/recordedEvent.ts'
import { checkpointing } from '../../sqlite/checkpointing.ts'
import { makeWalDurable } from '../../sqlite/makeWalDurable.ts'
import { makePrivate } from '../../sqlite/privateFile.ts'
import { deleteSecurely, purgingOf } from '../../sqlite/purge.ts'
import { type ChangeTables, changeTables } from './changeTables.ts'
import { type CheckpointTable, checkpointTable } from './checkpointTable.ts'
import { type ErasedTables, erasedTables } from './erasedTables.ts'
import { type HoldTables, holdTables } from './holdTables.ts'
import { type ReadingTables, readingTables } from './readingTables.ts'
import { prepareTables } from './schema.ts'
import { type StatusTables, statusTables } from './statusTables.ts'
import { type UnattributedTables, unattributedTables } from './unattributedTables.ts'
import { type WholeTables, wholeTables } from './wholeTables.ts'

/** The side of the read model that the projection runner writes. */
export interface ReadModelWriter
  extends Omit<CheckpointTable, 'advance'>,
    StatusTables,
    ChangeTables,
    HoldTables,
    UnattributedTables,
    WholeTables,
    ReadingTables,
    ErasedTables {
  /** Starts a transaction: rows and checkpoint are there together, or neither is. */
  readonly begin: () => void
  readonly commit: (position: Position, lastEvent: Position | null) => void
  readonly rollback: () => void
  /**
   * Resolves once no file of the read model holds what was removed of it before: rows of a user who was erased. In steps between
   * transactions. Rejects, with the reason, where it did not come to that: ask again.
   */
  readonly purge: () => Promise<void>
  readonly close: () => void
}

/** All pages fit in that four batches of events write, which are of many users. */
const CACHE_KIB = 8192

/**
 * Opens the read model for the projection runner and makes it if need be. A crash of the machine may lose its newest
 * transactions, never part of one (`synchronous=NORMAL`): the log gives them again.
 */
export const openReadModelWriter = (file: string): ReadModelWriter => {
  mkdirSync(dirname(file), { recursive: true })
  makePrivate(file)
  const db = new Database(file)
  makeWalDurable(db, file)
  db.pragma('auto_vacuum = INCREMENTAL')
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.pragma(`cache_size = -${CACHE_KIB}`)
  deleteSecurely(db)
  // What a former release freed was left as it was: its file is rewritten, once.
  if (Number(db.pragma('auto_vacuum', { simple: true })) === 0) db.exec('VACUUM')
  db.transaction(prepareTables).immediate(db)
  const purging = purgingOf(db, file)
  const checkpoint = checkpointing(db, file)
  const { advance, ...place } = checkpointTable(db)
  const statuses = statusTables(db)
  const erased = erasedTables(db)
  return {
    ...place,
    ...statuses,
    ...changeTables(db),
    ...holdTables(db),
    ...unattributedTables(db),
    ...wholeTables(db),
    ...readingTables(db),
    ...erased,
    eraseUser: (user) => {
      statuses.mayDiffer(user.userId)
      return erased.eraseUser(user)
    },
    begin: () => void db.exec('BEGIN IMMEDIATE'),
    commit: (position, lastEvent) => {
      advance(position, lastEvent)
      db.exec('COMMIT')
      checkpoint()
    },
    rollback: () => {
      statuses.mayDiffer()
      if (db.inTransaction) db.exec('ROLLBACK')
    },
    purge: purging.purge,
    close: () => {
      db.close()
      purging.close()
    },
  }
}
