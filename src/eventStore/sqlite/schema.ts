import type { Database } from 'better-sqlite3'

/** Raised with every change of the tables; an older file is brought up to it, a newer one is refused. */
const VERSION = 1
/** Marks the file as an event log of this service ("KYCL"), so that no other database is taken for one. */
const APPLICATION_ID = 0x4b59434c

// An event id is unique within its stream, which is where the same fact could come a second time: the user's id is part of
// what an event id is made from. Ids are random to SQLite, so an index of them alone has every append of a large log write
// a page of its own: at 1,000,000 events an append took 3 times as long. Files made with that index serve as well.
const TABLES = `
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream   TEXT    NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 0),
    event_id TEXT    NOT NULL,
    type     TEXT    NOT NULL,
    data     TEXT    NOT NULL,
    metadata TEXT    NOT NULL,
    UNIQUE (stream, revision),
    UNIQUE (stream, event_id)
  ) STRICT;
  CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
  CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};
`

/** Creates the tables in an empty database; in any other one `checkSchema`. */
export const createSchema = (db: Database): void => {
  const objects = db.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get()
  if (objects === 0 && number(db, 'application_id') === 0) db.transaction(() => db.exec(TABLES)).exclusive()
  checkSchema(db)
}

/** Throws unless the database is an event log of this version. */
export const checkSchema = (db: Database): void => {
  if (number(db, 'application_id') !== APPLICATION_ID) {
    throw new Error('it is a database, but not an event log of this service; check EVENT_STORE')
  }
  const version = number(db, 'user_version')
  if (version !== VERSION) {
    throw new Error(
      `it has schema version ${version} and this release reads version ${VERSION}; start the release that wrote it`,
    )
  }
  if (standsBeforeTheFirst(db)) {
    throw new Error('events stand before its first position: it was altered; restore it from a backup')
  }
}

/** Rows are numbered from 1: whoever reads the whole log would not see one before that. Damage is told elsewhere. */
const standsBeforeTheFirst = (db: Database): boolean => {
  try {
    return db.prepare('SELECT 1 FROM events WHERE position < 1 LIMIT 1').get() !== undefined
  } catch {
    return false
  }
}

const number = (db: Database, pragma: 'application_id' | 'user_version'): number =>
  Number(db.pragma(pragma, { simple: true }))
