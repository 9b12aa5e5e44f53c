import type Database from 'better-sqlite3'
import type { UserId } from '../../../domain/identifiers.ts'
import type { AnomalyKind } from '../../../domain/state/anomaly.ts'
import type { KycStatusRow } from '../../../projections/kycStatus.ts'
import type { Revision } from '../../eventStore/recordedEvent.ts'
import { entityTag } from '../entityTag.ts'
import { type DueTables, dueTables } from './dueTables.ts'

/** The answers, and what users are listed by. */
export interface StatusTables extends Pick<DueTables, 'goBy'> {
  /** What is told of a user; `null` if nothing is known of him. */
  readonly toldOf: (userId: UserId) => Pick<KycStatusRow, 'status' | 'since'> | null
  /** Up to where the user's stream is folded; `null` if nothing is known of him. */
  readonly revisionOf: (userId: UserId) => Revision | null
  readonly put: (row: KycStatusRow) => void
  /** The users who show an anomaly. */
  readonly usersWith: (kind: AnomalyKind) => readonly UserId[]
}

export const statusTables = (db: Database.Database): StatusTables => {
  const revision = db.prepare<[string], number>('SELECT revision FROM kyc_status WHERE user_id = ?').pluck()
  const told = db.prepare<[string], Pick<KycStatusRow, 'status' | 'since'>>(
    'SELECT status, since FROM kyc_status WHERE user_id = ?',
  )
  const anomalies = db.prepare<[string], string>('SELECT anomalies FROM kyc_status WHERE user_id = ?').pluck()
  // Most events change nothing that users are listed by: then no index is touched.
  const putAnswer = db.prepare<
    [number, string, string, string, UserId, string, number | null, string | null, string, string | null]
  >(
    `UPDATE kyc_status SET revision = ?, drift = ?, etag = ?, body = ?
     WHERE user_id = ? AND status = ? AND since IS ? AND next_review_date IS ? AND anomalies = ? AND retention IS ?`,
  )
  const put = db.prepare<
    [UserId, number, string, string, number | null, string | null, string, string | null, string, string]
  >(
    `INSERT INTO kyc_status (user_id, revision, drift, status, since, next_review_date, anomalies, retention, etag, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (user_id) DO UPDATE SET revision = excluded.revision, drift = excluded.drift, status = excluded.status,
       since = excluded.since, next_review_date = excluded.next_review_date, anomalies = excluded.anomalies,
       retention = excluded.retention, etag = excluded.etag, body = excluded.body`,
  )
  const removeAnomaly = db.prepare<[string, string]>('DELETE FROM user_anomaly WHERE kind = ? AND user_id = ?')
  const addAnomaly = db.prepare<[string, string]>('INSERT OR IGNORE INTO user_anomaly VALUES (?, ?)')
  const usersWith = db.prepare<[string], UserId>('SELECT user_id FROM user_anomaly WHERE kind = ?').pluck()

  const { goBy, putDue } = dueTables(db)

  const putAnomalies = ({ userId, anomalies: kinds }: KycStatusRow, stored: string): void => {
    const before = anomalies.get(userId) ?? '[]'
    if (before === stored) return
    for (const kind of JSON.parse(before) as readonly string[]) removeAnomaly.run(kind, userId)
    for (const kind of kinds) addAnomaly.run(kind, userId)
  }

  return {
    toldOf: (userId) => told.get(userId) ?? null,
    revisionOf: (userId) => revision.get(userId) ?? null,
    put: (row) => {
      const { userId, revision: folded, status, since, nextReviewDate, body } = row
      const kinds = JSON.stringify(row.anomalies)
      const retention = row.retention === null ? null : JSON.stringify(row.retention)
      const drift = JSON.stringify(row.drift)
      const etag = entityTag(body)
      const listedBy = [status, since, nextReviewDate, kinds, retention] as const
      if (putAnswer.run(folded, drift, etag, body, userId, ...listedBy).changes > 0) return
      putAnomalies(row, kinds)
      put.run(userId, folded, drift, ...listedBy, etag, body)
      putDue(userId, row.retention)
    },
    usersWith: (kind) => usersWith.all(kind),
    goBy,
  }
}
