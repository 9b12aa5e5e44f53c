import { workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { opening } from '../files/opening.ts'
import { checkFiles, filesOf } from '../sqlite/fileCheck.ts'
import { makeWalDurable } from '../sqlite/makeWalDurable.ts'
import { expectWritable, makePrivate } from '../sqlite/privateFile.ts'
import { purgingOf } from '../sqlite/purge.ts'
import { purgeRuns } from '../sqlite/purgeRuns.ts'
import { serveGroupCommit } from '../sqlite/serveGroupCommit.ts'
import type { JournalThreadData } from './request.ts'
import { roomIn } from './room.ts'
import { prepareJournal } from './schema.ts'
import { writing } from './writing.ts'

const { file, bounds } = workerData as JournalThreadData

const open = () => {
  expectWritable(file)
  makePrivate(file)
  const db = new Database(file)
  makeWalDurable(db, file)
  const wasOld = prepareJournal(db)
  const room = roomIn(db, bounds)
  db.transaction(() => {
    room.begin()
    room.make()
  }).immediate()
  if (wasOld) db.exec('VACUUM')
  return { db, room }
}
const { db, room } = opening(
  { what: 'the journal', file, whenDamaged: 'to start with a new one, move it aside (journal.db*)' },
  open,
)
const check = checkFiles(db, file, filesOf(file), 'journal')
const { purge } = purgingOf(db, file, { before: check.before, stepped: check.committed })

serveGroupCommit(db, writing(db, room, purgeRuns(purge)), {
  before: () => {
    check.before()
    room.begin()
  },
  committed: check.committed,
})
