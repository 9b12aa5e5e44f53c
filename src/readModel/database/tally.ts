import type Database from 'better-sqlite3'
import { AT_ONCE, type DriftKind } from '../../../domain/answer/drift.ts'
import type { Status } from '../../../domain/answer/status.ts'
import type { Instant } from '../../../domain/instant.ts'
import type { AnomalyKind } from '../../../domain/state/anomaly.ts'
import type { KindOfNobody } from '../../../projections/unattributed.ts'

/** What is counted, by what, and which of it. */
interface Counted {
  readonly table: string
  readonly column: string
  /** SQL of a row, `new` or `old`. */
  readonly of?: (row: string) => string
}

/**
 * Users by status, users by what is odd about them, events of nobody by what they are, users by what of them is drift whatever the time:
 * what becomes so as time passes is not written then.
 */
const COUNTED = {
  status: { table: 'kyc_status', column: 'status' },
  anomaly: { table: 'user_anomaly', column: 'kind' },
  unattributed: { table: 'unattributed', column: 'kind' },
  drift: { table: 'user_drift', column: 'kind', of: (row) => `WHEN ${row}.drift_since = ${AT_ONCE}` },
} as const satisfies Readonly<Record<string, Counted>>

/** In two steps: `ON CONFLICT` of a trigger gives way to `OR IGNORE` of whoever writes (https://www.sqlite.org/lang_createtrigger.html). */
const more = (of: string, word: string): string =>
  `INSERT INTO tally SELECT '${of}', ${word}, 0 WHERE NOT EXISTS (SELECT 1 FROM tally WHERE of = '${of}' AND word = ${word});
   UPDATE tally SET n = n + 1 WHERE of = '${of}' AND word = ${word};`
const less = (of: string, word: string): string =>
  `UPDATE tally SET n = n - 1 WHERE of = '${of}' AND word = ${word};
   DELETE FROM tally WHERE of = '${of}' AND word = ${word} AND n = 0;`

const kept = ([of, { table, column, of: which = () => '' }]: readonly [string, Counted]) => `
  CREATE TRIGGER tally_${of}_more AFTER INSERT ON ${table} ${which('new')} BEGIN ${more(of, `new.${column}`)} END;
  CREATE TRIGGER tally_${of}_less AFTER DELETE ON ${table} ${which('old')} BEGIN ${less(of, `old.${column}`)} END;
  CREATE TRIGGER tally_${of}_other AFTER UPDATE OF ${column} ON ${table} WHEN old.${column} <> new.${column}
    BEGIN ${less(of, `old.${column}`)} ${more(of, `new.${column}`)} END;`

/** Kept by the rows themselves as they are written: nobody who asks how many there are counts a million. */
export const TALLY = `
  CREATE TABLE tally (of TEXT, word TEXT, n INTEGER NOT NULL, PRIMARY KEY (of, word)) STRICT, WITHOUT ROWID;
  ${Object.entries(COUNTED).map(kept).join('')}`

type Numbers<Word extends string> = Readonly<Partial<Record<Word, number>>>

/** How many there are; a word that nobody has is left out. */
export interface TallyReader {
  readonly usersByStatus: () => Numbers<Status>
  readonly usersByAnomaly: () => Numbers<AnomalyKind>
  readonly unattributedByKind: () => Numbers<KindOfNobody>
  /** Of what is drift whatever the time. */
  readonly driftAtOnce: () => Numbers<DriftKind>
  /** Since when the user has been pending who has been so for longest; `null` where nobody is. */
  readonly oldestPending: () => Instant | null
}

export const tallyReader = (db: Database.Database): TallyReader => {
  const counted = db.prepare<[keyof typeof COUNTED], readonly [string, number]>(
    'SELECT word, n FROM tally WHERE of = ?',
  )
  counted.raw()
  const numbers = <Word extends string>(of: keyof typeof COUNTED) =>
    Object.fromEntries(counted.all(of)) as Numbers<Word>
  const oldest = db
    .prepare<[], Instant | null>("SELECT min(drift_since) FROM user_drift WHERE kind = 'pending-long'")
    .pluck()
  return {
    oldestPending: () => oldest.get() ?? null,
    usersByStatus: () => numbers('status'),
    usersByAnomaly: () => numbers('anomaly'),
    unattributedByKind: () => numbers('unattributed'),
    driftAtOnce: () => numbers('drift'),
  }
}
