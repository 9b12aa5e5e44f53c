import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { Position } from '../../eventStore/recordedEvent.ts'
import { makePrivate } from '../../sqlite/privateFile.ts'
import { type CheckpointTable, checkpointTable } from './checkpointTable.ts'
import { type ErasedTables, erasedTables } from './erasedTables.ts'
import { type HoldTables, holdTables } from './holdTables.ts'
import { prepareTables } from './schema.ts'
import { type StatusTables, statusTables } from './statusTables.ts'
import { type UnattributedTables, unattributedTables } from './unattributedTables.ts'

/** The side of the read model that the projection runner writes. */
export interface ReadModelWriter
  extends Omit<CheckpointTable, 'advance'>,
    StatusTables,
    HoldTables,
    UnattributedTables,
    ErasedTables {
  /** Starts a transaction: rows and checkpoint are there together, or neither is. */
  readonly begin: () => void
  readonly commit: (position: Position, lastEvent: Position | null) => void
  readonly rollback: () => void
  /** Sees to it that no file holds what was removed. `false` where a reader was in the way: it has to be asked again. */
  readonly purge: () => boolean
  readonly close: () => void
}

/**
 * Opens the read model for the projection runner and makes it if need be. A crash of the machine may lose its newest
 * transactions, never part of one (`synchronous=NORMAL`): the log gives them again.
 */
export const openReadModelWriter = (file: string): ReadModelWriter => {
  mkdirSync(dirname(file), { recursive: true })
  makePrivate(file)
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  // What is removed is overwritten, and does not stay in the pages that it lay in.
  db.pragma('secure_delete = ON')
  db.transaction(prepareTables).immediate(db)
  const purge = (): boolean => {
    const [{ busy = 1 } = {}] = db.pragma('wal_checkpoint(TRUNCATE)') as readonly { readonly busy?: number }[]
    return busy === 0
  }
  // What a process had removed that has died since may still lie in the write-ahead log.
  purge()

  const { advance, ...checkpoint } = checkpointTable(db)
  return {
    ...checkpoint,
    ...statusTables(db),
    ...holdTables(db),
    ...unattributedTables(db),
    ...erasedTables(db),
    begin: () => void db.exec('BEGIN IMMEDIATE'),
    commit: (position, lastEvent) => {
      advance(position, lastEvent)
      db.exec('COMMIT')
    },
    rollback: () => void (db.inTransaction && db.exec('ROLLBACK')),
    purge,
    close: () => void db.close(),
  }
}
