import { join } from 'node:path'
import Database from 'better-sqlite3'
import { prepareFile } from '../../src/eventStore/sqlite/database.ts'
import { openJournal } from '../../src/journal/journal.ts'
import { openReadModelWriter } from '../../src/readModel/database/writer.ts'
import { checkpointing } from '../../src/sqlite/checkpointing.ts'
import { deleteSecurely, purgingOf } from '../../src/sqlite/purge.ts'
import { openWitnessed } from '../../src/witness/witnessed.ts'

const [, , what, directory = ''] = process.argv

const openNormal = (file: string): Database.Database => {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  return db
}

/** Commits without a sync, for some checkpoints; gives the most pages that the write-ahead log held. */
const commit = (file: string): number => {
  const db = openNormal(file)
  const checkpoint = checkpointing(db, file)
  const insert = db.prepare('INSERT INTO t VALUES (?, ?)')
  let most = 0
  for (let id = 0; id < 200; id++) {
    insert.run(id, `text of ${id} `.repeat(20))
    const [{ log = 0 } = {}] = db.pragma('wal_checkpoint(NOOP)') as readonly { readonly log?: number }[]
    most = Math.max(most, log)
    checkpoint()
  }
  db.close()
  return most
}

/** Commits without a sync, and purges until it is done; gives why it was not. */
const purge = async (file: string): Promise<readonly string[]> => {
  const db = openNormal(file)
  deleteSecurely(db)
  for (let id = 0; id < 20; id++) db.prepare('INSERT INTO t VALUES (?, ?)').run(id, `text of ${id} `.repeat(20))
  const purging = purgingOf(db, file)
  const failed: string[] = []
  for (let isDone = false; !isDone; ) {
    isDone = await purging.purge().then(
      () => true,
      (error: Error) => failed.push(error.message) < 0,
    )
  }
  db.close()
  purging.close()
  return failed
}

const DO: Readonly<Record<string, () => unknown>> = {
  'events.db': () => prepareFile(join(directory, 'events.db')),
  'read-model.db': () => openReadModelWriter(join(directory, 'read-model.db')).close(),
  'journal.db': async () => (await openJournal(join(directory, 'journal.db'))).close(),
  'witness.db': () => openWitnessed(directory).close(),
  'some.db': () => commit(join(directory, 'some.db')),
  'purged.db': () => purge(join(directory, 'purged.db')),
}
try {
  console.log(JSON.stringify((await DO[what ?? '']?.()) ?? null))
} catch (error) {
  console.log(`failed: ${error instanceof Error ? error.message : String(error)}`)
}
