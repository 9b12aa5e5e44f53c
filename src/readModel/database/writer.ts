import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { Position } from '../../eventStore/recordedEvent.ts'
import { makePrivate } from '../../sqlite/privateFile.ts'
import { type CheckpointTable, checkpointTable } from './checkpointTable.ts'
import { prepareTables } from './schema.ts'
import { type StatusTables, statusTables } from './statusTables.ts'
import { type UnattributedTables, unattributedTables } from './unattributedTables.ts'

/** The side of the read model that the projection runner writes. */
export interface ReadModelWriter extends Omit<CheckpointTable, 'advance'>, StatusTables, UnattributedTables {
  /** Starts a transaction: rows and checkpoint are there together, or neither is. */
  readonly begin: () => void
  readonly commit: (position: Position, lastEvent: Position | null) => void
  readonly rollback: () => void
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
  db.transaction(prepareTables).immediate(db)

  const { advance, ...checkpoint } = checkpointTable(db)
  return {
    ...checkpoint,
    ...statusTables(db),
    ...unattributedTables(db),
    begin: () => void db.exec('BEGIN IMMEDIATE'),
    commit: (position, lastEvent) => {
      advance(position, lastEvent)
      db.exec('COMMIT')
    },
    rollback: () => void (db.inTransaction && db.exec('ROLLBACK')),
    close: () => void db.close(),
  }
}
