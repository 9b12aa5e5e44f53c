import { join } from 'node:path'
import Database from 'better-sqlite3'
import * as E from 'fp-ts/lib/Either.js'
import { makeWalDurable } from '../sqlite/makeWalDurable.ts'
import { checkpointIn } from '../tlog/checkpoint.ts'
import { NOTHING_SEEN, type Seen } from './judge.ts'

/** A checkpoint that was cosigned. */
export interface Cosigned extends Pick<Seen, 'size' | 'root'> {
  /** The note: signatures of the log, then cosignatures. */
  readonly note: string
}

/** What a witness has cosigned last of each log. */
export interface Witnessed {
  /** Gives the newest note; `null` where nothing of that log was ever cosigned. `originHash`: SHA-256 in lower-case hex. */
  readonly noteOf: (originHash: string) => string | null
  /**
   * Decides by what was seen of a log, and keeps what is to be cosigned: one decision at a time, over all processes on the
   * file. What it gives is durable. Throws where it cannot be written: then nothing is cosigned.
   */
  readonly update: <A>(
    origin: Origin,
    decide: (seen: Seen) => { readonly answer: A; readonly cosigned: Cosigned | null },
  ) => A
  /** Throws where nothing can be written. */
  readonly expectWritable: () => void
  readonly close: () => void
}

/** The origin of a log, and the SHA-256 of it that monitors ask by. */
export interface Origin {
  readonly text: string
  readonly hash: string
}

export const witnessedFile = (directory: string): string => join(directory, 'witness.db')

const SCHEMA = `CREATE TABLE IF NOT EXISTS logs (
  originHash TEXT PRIMARY KEY,
  origin TEXT NOT NULL,
  size INTEGER NOT NULL,
  root BLOB NOT NULL,
  note TEXT NOT NULL
) STRICT`

/** So long one process waits for another that is writing; meanwhile it does nothing else. */
const PATIENCE_MS = 1000

const seenIn = (cosigned: Cosigned | undefined): Seen => {
  if (cosigned === undefined) return NOTHING_SEEN
  const { size, root, note } = cosigned
  const checkpoint = checkpointIn(note)
  return { size, root, erased: E.isRight(checkpoint) ? (checkpoint.right.erased ?? 0) : 0 }
}

/** Opens what a witness has seen, or begins with nothing. In a write-ahead log with `synchronous=FULL` each commit is one fsync. */
export const openWitnessed = (directory: string): Witnessed => {
  const db = new Database(witnessedFile(directory), { timeout: PATIENCE_MS })
  makeWalDurable(db, witnessedFile(directory))
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.exec(SCHEMA)
  const seen = db.prepare<[string], Cosigned>('SELECT size, root, note FROM logs WHERE originHash = ?')
  const note = db.prepare<[string], string>('SELECT note FROM logs WHERE originHash = ?').pluck()
  const keep = db.prepare(
    `INSERT INTO logs (originHash, origin, size, root, note) VALUES (@originHash, @origin, @size, @root, @note)
     ON CONFLICT DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note`,
  )
  return {
    noteOf: (originHash) => note.get(originHash) ?? null,
    update: ({ text, hash }, decide) =>
      db
        .transaction(() => {
          const { answer, cosigned } = decide(seenIn(seen.get(hash)))
          if (cosigned !== null) keep.run({ originHash: hash, origin: text, ...cosigned })
          return answer
        })
        .immediate(),
    expectWritable: () => db.transaction(() => undefined).immediate(),
    close: () => void db.close(),
  }
}
