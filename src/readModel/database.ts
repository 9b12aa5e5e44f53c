import { hash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import type { UserId } from '../../domain/identifiers.ts'
import { KYC_STATUS, type KycStatusRow } from '../../projections/kycStatus.ts'
import type { Position } from '../eventStore/eventStore.ts'

/** A user's answer, ready to be sent. */
export interface KycAnswer {
  /** Strong entity tag (RFC 9110, 8.8.3) of `body`. */
  readonly etag: string
  readonly body: string
}

/** The side of the read model that the projection runner writes. */
export interface ReadModelWriter {
  readonly checkpoint: () => Position | null
  readonly row: (userId: UserId) => KycStatusRow | null
  /** Rows and checkpoint in one transaction: together they are there, or neither is. */
  readonly write: (rows: readonly KycStatusRow[], position: Position) => void
  readonly close: () => void
}

export interface ReadModelReader {
  readonly kycAnswer: (userId: UserId) => KycAnswer | null
  readonly close: () => void
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS checkpoint (
    projection TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    position TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS kyc_status (
    user_id TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    status TEXT NOT NULL,
    etag TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL
  ) STRICT;`

const etagOf = (body: string): string => `"${hash('sha256', body, 'base64url').slice(0, 22)}"`

/** A projection of another version starts from the beginning of the log, with no rows. */
const prepare = (db: Database.Database): void => {
  db.exec(SCHEMA)
  const { name, version } = KYC_STATUS
  const stored = db.prepare<[string], number>('SELECT version FROM checkpoint WHERE projection = ?').pluck().get(name)
  if (stored === version) return
  db.exec('DELETE FROM kyc_status')
  db.prepare<[string, number]>('REPLACE INTO checkpoint (projection, version, position) VALUES (?, ?, NULL)').run(
    name,
    version,
  )
}

/**
 * Opens the read model for the projection runner and makes it if need be. A crash of the machine may lose its newest
 * transactions, never part of one (`synchronous=NORMAL`): the log gives them again.
 */
export const openReadModelWriter = (file: string): ReadModelWriter => {
  mkdirSync(dirname(file), { recursive: true })
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.transaction(prepare).immediate(db)

  const checkpoint = db.prepare<[string], string | null>('SELECT position FROM checkpoint WHERE projection = ?').pluck()
  const row = db.prepare<[string], KycStatusRow>(
    'SELECT user_id AS userId, revision, status, body, state FROM kyc_status WHERE user_id = ?',
  )
  const upsert = db.prepare<[string, number, string, string, string, string]>(
    'REPLACE INTO kyc_status (user_id, revision, status, etag, body, state) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const advance = db.prepare<[Position, string]>('UPDATE checkpoint SET position = ? WHERE projection = ?')
  return {
    checkpoint: () => checkpoint.get(KYC_STATUS.name) ?? null,
    row: (userId) => row.get(userId) ?? null,
    write: db.transaction((rows: readonly KycStatusRow[], position: Position) => {
      for (const { userId, revision, status, body, state } of rows) {
        upsert.run(userId, revision, status, etagOf(body), body, state)
      }
      advance.run(position, KYC_STATUS.name)
    }),
    close: () => {
      db.close()
    },
  }
}

/** Opens the read model for the HTTP side; the writer has to have made it. */
export const openReadModelReader = (file: string): ReadModelReader => {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  const answer = db.prepare<[string], KycAnswer>('SELECT etag, body FROM kyc_status WHERE user_id = ?')
  return {
    kycAnswer: (userId) => answer.get(userId) ?? null,
    close: () => {
      db.close()
    },
  }
}
