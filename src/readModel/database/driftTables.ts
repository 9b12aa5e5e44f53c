import type Database from 'better-sqlite3'
import {
  AT_ONCE,
  askedAt,
  DRIFT_IN_TIME,
  DRIFT_KINDS,
  type Drift,
  type DriftKind,
  type DriftTime,
  isInTime,
  SUSPECT_KINDS,
} from '../../../domain/answer/drift.ts'
import type { UserId } from '../../../domain/identifiers.ts'

/**
 * Who drifts, by kind and since when: written when the state of a user becomes another one, and not when time passes. What counts is
 * the beginning of a kind, whatever the time and however long is waited.
 */
export const DRIFT = `
  CREATE TABLE user_drift (
    kind TEXT,
    drift_since INTEGER,
    user_id TEXT,
    PRIMARY KEY (kind, drift_since, user_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER drift_less AFTER DELETE ON kyc_status WHEN old.drift <> '{}'
    BEGIN DELETE FROM user_drift WHERE (kind, drift_since) IN (SELECT key, value FROM json_each(old.drift)) AND user_id = old.user_id; END;`

/** Part of a transaction: what of a user is drift now, in place of `before`, as his row kept it. */
export const driftTable = (db: Database.Database): ((userId: UserId, before: string, now: Drift) => void) => {
  const add = db.prepare<[string, number, UserId]>(
    'INSERT INTO user_drift (kind, drift_since, user_id) VALUES (?, ?, ?)',
  )
  const remove = db.prepare<[string, number, UserId]>(
    'DELETE FROM user_drift WHERE kind = ? AND drift_since = ? AND user_id = ?',
  )
  return (userId, text, now) => {
    const before = JSON.parse(text) as Drift
    for (const kind of DRIFT_KINDS) {
      const [was, is] = [before[kind], now[kind]]
      if (was === is) continue
      if (was !== undefined) remove.run(kind, was, userId)
      if (is !== undefined) add.run(kind, is, userId)
    }
  }
}

/** SQL: who counts, by the parameters `drift` and `driftBefore`. What is so at once stands in the order of the ids. */
export const driftsBy = (kind: DriftKind): string =>
  `user_drift.kind = @drift AND drift_since ${isInTime(kind) ? '< @driftBefore' : `= ${AT_ONCE}`}`

export interface DriftReader {
  /** How many users count at a time, by kind. */
  readonly usersByDrift: (time: DriftTime) => Readonly<Record<DriftKind, number>>
  /** Users whom it may help to ask about, each once: those after the given one, in the order of their ids as texts. */
  readonly suspects: (after: UserId | null, limit: number, time: DriftTime) => readonly UserId[]
}

interface Asked {
  readonly drift: DriftKind
  readonly driftBefore: number
}

export const suspectsOf = (kind: DriftKind): string =>
  `SELECT user_id FROM user_drift WHERE ${driftsBy(kind)} AND user_id > @after ORDER BY user_id LIMIT @limit`

export const driftReader = (
  db: Database.Database,
  numbers: () => Readonly<Partial<Record<DriftKind, number>>>,
): DriftReader => {
  const inTime = DRIFT_IN_TIME.map((kind) => ({
    kind,
    count: db.prepare<[Asked], number>(`SELECT count(*) FROM user_drift WHERE ${driftsBy(kind)}`).pluck(),
  }))
  const suspects = SUSPECT_KINDS.map((kind) => ({
    kind,
    find: db.prepare<[Asked & { readonly after: string; readonly limit: number }], UserId>(suspectsOf(kind)).pluck(),
  }))
  const asked = (kind: DriftKind, time: DriftTime): Asked => ({ drift: kind, driftBefore: askedAt(kind, time).before })
  return {
    usersByDrift: (time) => {
      const told = numbers()
      const all = DRIFT_KINDS.map((kind) => [kind, told[kind] ?? 0])
      const counted = inTime.map(({ kind, count }) => [kind, count.get(asked(kind, time)) ?? 0])
      return Object.fromEntries([...all, ...counted])
    },
    // The first of all of them are among the first of each.
    suspects: (after, limit, time) => {
      const first = suspects.flatMap(({ kind, find }) => find.all({ ...asked(kind, time), after: after ?? '', limit }))
      return [...new Set(first)].sort().slice(0, limit)
    },
  }
}
