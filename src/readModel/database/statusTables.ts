import type Database from 'better-sqlite3'
import type { Statement } from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import type { UserId } from '../../../domain/identifiers.ts'
import type { AnomalyKind } from '../../../domain/state/anomaly.ts'
import type { KycStatusRow } from '../../../projections/kycStatus.ts'
import type { Revision } from '../../eventStore/recordedEvent.ts'
import { entityTag } from '../entityTag.ts'
import { driftTable } from './driftTables.ts'
import { type DueTables, dueTables } from './dueTables.ts'

/** The answers, and what users are listed by. */
export interface StatusTables extends Pick<DueTables, 'goBy'> {
  /** What is told of a user; `null` if nothing is known of him. */
  readonly toldOf: (userId: UserId) => Pick<KycStatusRow, 'status' | 'since'> | null
  /** Up to where the user's stream is folded; `null` if nothing is known of him. */
  readonly revisionOf: (userId: UserId) => Revision | null
  readonly put: (row: KycStatusRow) => void
  /** The row of a user, or, without one, of anybody, may be another than was put last: it went, or its transaction did, or somebody altered it. */
  readonly mayDiffer: (userId?: UserId) => void
  /** The users who show an anomaly. */
  readonly usersWith: (kind: AnomalyKind) => readonly UserId[]
}

/** What users are listed by, as it is kept; the last of it changes most often, and is in no index. */
type Kept = readonly [
  status: string,
  since: number | null,
  nextReviewDate: string | null,
  anomalies: string,
  retention: string | null,
  drift: string,
]
const [ANOMALIES, DRIFT] = [3, 5] as const

const listedBy = ({ status, since, nextReviewDate, anomalies, retention, drift }: KycStatusRow): Kept => [
  status,
  since,
  nextReviewDate,
  JSON.stringify(anomalies),
  retention === null ? null : JSON.stringify(retention),
  JSON.stringify(drift),
]

/** Of so many users it is known what they were listed by when they were put last. */
const ROWS_KNOWN = 1000

/** But for the drift. */
const isSame = (before: Kept, now: Kept): boolean => now.every((one, index) => index === DRIFT || one === before[index])

export const statusTables = (db: Database.Database): StatusTables => {
  const revision = db.prepare<[UserId], number>('SELECT revision FROM kyc_status WHERE user_id = ?').pluck()
  const told = db.prepare<[UserId], Pick<KycStatusRow, 'status' | 'since'>>(
    'SELECT status, since FROM kyc_status WHERE user_id = ?',
  )
  const kept = db
    .prepare<[UserId], Kept>(
      'SELECT status, since, next_review_date, anomalies, retention, drift FROM kyc_status WHERE user_id = ?',
    )
    .raw()
  // Most events change nothing that users are listed by: then no index is touched, and no trigger looks.
  const putAnswer = db.prepare<[number, string, string, UserId]>(
    'UPDATE kyc_status SET revision = ?, etag = ?, body = ? WHERE user_id = ?',
  )
  const putDrifting = db.prepare<[number, string, string, string, UserId]>(
    'UPDATE kyc_status SET revision = ?, etag = ?, body = ?, drift = ? WHERE user_id = ?',
  )
  const put = db.prepare<[UserId, number, string, string, ...Kept]>(
    `INSERT INTO kyc_status (user_id, revision, etag, body, status, since, next_review_date, anomalies, retention, drift)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (user_id) DO UPDATE SET revision = excluded.revision, etag = excluded.etag, body = excluded.body,
       status = excluded.status, since = excluded.since, next_review_date = excluded.next_review_date,
       anomalies = excluded.anomalies, retention = excluded.retention, drift = excluded.drift`,
  )
  const removeAnomaly = db.prepare<[string, string]>('DELETE FROM user_anomaly WHERE kind = ? AND user_id = ?')
  const addAnomaly = db.prepare<[string, string]>('INSERT OR IGNORE INTO user_anomaly VALUES (?, ?)')
  const usersWith = db.prepare<[string], UserId>('SELECT user_id FROM user_anomaly WHERE kind = ?').pluck()

  // What was put last needs not be read to be compared.
  const lately = new LRUCache<UserId, Kept>({ max: ROWS_KNOWN })
  // Whoever comes into a read model that is made from nothing is asked for by one step after the other: he is looked for once.
  const unknown = new Set<UserId>()
  const found = <A>(userId: UserId, look: Statement<[UserId], A>): A | null => {
    if (unknown.has(userId)) return null
    const row = look.get(userId) ?? null
    if (unknown.size >= ROWS_KNOWN) unknown.clear()
    if (row === null) unknown.add(userId)
    return row
  }

  const { goBy, putDue } = dueTables(db)
  const putDrift = driftTable(db)

  const putAnomalies = ({ userId, anomalies: kinds }: KycStatusRow, before: string, now: string): void => {
    if (before === now) return
    for (const kind of JSON.parse(before) as readonly string[]) removeAnomaly.run(kind, userId)
    for (const kind of kinds) addAnomaly.run(kind, userId)
  }

  return {
    toldOf: (userId) => found(userId, told),
    revisionOf: (userId) => found(userId, revision),
    put: (row) => {
      const { userId, revision: folded, body } = row
      const etag = entityTag(body)
      const now = listedBy(row)
      const before = lately.get(userId) ?? found(userId, kept)
      unknown.delete(userId)
      // Most of those who are new while much is made at once are not heard of again soon.
      if (before !== null) lately.set(userId, now)
      const [anomalies, drift] = [before?.[ANOMALIES] ?? '[]', before?.[DRIFT] ?? '{}']
      if (drift !== now[DRIFT]) putDrift(userId, drift, row.drift)
      if (before !== null && isSame(before, now)) {
        if (drift === now[DRIFT]) putAnswer.run(folded, etag, body, userId)
        else putDrifting.run(folded, etag, body, now[DRIFT], userId)
        return
      }
      putAnomalies(row, anomalies, now[ANOMALIES])
      put.run(userId, folded, etag, body, ...now)
      putDue(userId, row.retention)
    },
    mayDiffer: (userId) => {
      if (userId === undefined) lately.clear()
      else lately.delete(userId)
      unknown.clear()
    },
    usersWith: (kind) => usersWith.all(kind),
    goBy,
  }
}
