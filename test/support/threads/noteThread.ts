/** Writes each request down, answers with all that is written so far, and fails after writing `bad`. */
import Database from 'better-sqlite3'
import { serveGroupCommit } from '../../../src/sqlite/serveGroupCommit.ts'

const db = new Database(':memory:')
db.exec('CREATE TABLE notes (text TEXT)')
const write = db.prepare<[string]>('INSERT INTO notes VALUES (?)')
const all = db.prepare<[], string>('SELECT text FROM notes ORDER BY rowid').pluck()
serveGroupCommit(db, (text: string): readonly string[] => {
  write.run(text)
  if (text === 'bad') throw new Error('a bad note')
  return all.all()
})
