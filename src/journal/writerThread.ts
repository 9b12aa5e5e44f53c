import { workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { checkFiles, filesOf } from '../sqlite/fileCheck.ts'
import { makePrivate } from '../sqlite/privateFile.ts'
import { serveGroupCommit } from '../sqlite/serveGroupCommit.ts'
import { JOURNAL_ROWS, type JournalRequest } from './journal.ts'

const { file } = workerData as { readonly file: string }

makePrivate(file)
const db = new Database(file)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.exec(`CREATE TABLE IF NOT EXISTS journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  received_at TEXT NOT NULL,
  reason TEXT NOT NULL,
  content_type TEXT,
  size INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT`)

const insert = db.prepare<[JournalRequest]>(
  'INSERT INTO journal (received_at, reason, content_type, size, body) VALUES (@receivedAt, @reason, @contentType, @size, @body)',
)
const trim = db.prepare<[number | bigint]>('DELETE FROM journal WHERE id <= ?')

serveGroupCommit(
  db,
  (request: JournalRequest): void => {
    const { lastInsertRowid } = insert.run(request)
    trim.run(Number(lastInsertRowid) - JOURNAL_ROWS)
  },
  checkFiles(db, file, filesOf(file), 'journal'),
)
