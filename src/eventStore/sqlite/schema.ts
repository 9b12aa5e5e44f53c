import type { Database } from 'better-sqlite3'

/** Raised with every change of the tables; an older file is brought up to it, a newer one is refused. */
const VERSION = 2
/** What a process that only reads understands as well: it is brought up when it is next written to. */
const READ_VERSIONS: readonly number[] = [1, VERSION]
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
  PRAGMA application_id = ${APPLICATION_ID};
`

// What was removed of the log, which is the only way by which an event goes: first it is written here how much of a stream goes,
// and that is never taken back. `events` counts what went, so that a log with rows that nobody removed is told from a whole one.
// A position is used once: `last` is the highest that was ever given to an event that is gone.
const REMOVALS = `
  CREATE TABLE removed (
    stream TEXT    NOT NULL PRIMARY KEY,
    before INTEGER CHECK (before > 0), -- the first revision that is left; NULL: the stream is gone for good
    events INTEGER NOT NULL CHECK (events >= 0)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE used_positions (last INTEGER NOT NULL) STRICT;
  INSERT INTO used_positions VALUES (0);
  CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
    WHEN NOT EXISTS (
      SELECT 1 FROM removed WHERE stream = OLD.stream AND (before IS NULL OR OLD.revision < before)
    )
    BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
  CREATE TRIGGER what_was_removed_stays_so BEFORE DELETE ON removed
    BEGIN SELECT RAISE(ABORT, 'what was removed stays so'); END;
  CREATE TRIGGER what_was_removed_is_never_less BEFORE UPDATE ON removed
    WHEN NEW.stream <> OLD.stream OR NEW.events < OLD.events OR OLD.before IS NULL OR NEW.before < OLD.before
    BEGIN SELECT RAISE(ABORT, 'what was removed stays so'); END;
  PRAGMA user_version = ${VERSION};
`

const bringUp = (db: Database): void => {
  db.exec('DROP TRIGGER events_are_never_deleted')
  db.exec(REMOVALS)
}

/** Creates the tables in an empty database, brings an older log up to this version; in any other one `checkSchema`. */
export const createSchema = (db: Database): void => {
  const objects = db.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get()
  if (objects === 0 && number(db, 'application_id') === 0) {
    db.transaction(() => db.exec(TABLES + REMOVALS)).exclusive()
  }
  checkSchema(db)
  if (number(db, 'user_version') < VERSION) db.transaction(() => bringUp(db)).exclusive()
}

/** Whether the log can tell of anything that was removed of it. */
export const knowsOfRemovals = (db: Database): boolean => number(db, 'user_version') >= VERSION

/** Throws unless the database is an event log that this version reads. */
export const checkSchema = (db: Database): void => {
  if (number(db, 'application_id') !== APPLICATION_ID) {
    throw new Error('it is a database, but not an event log of this service; check EVENT_STORE')
  }
  const version = number(db, 'user_version')
  if (!READ_VERSIONS.includes(version)) {
    throw new Error(
      `it has schema version ${version} and this release reads versions ${READ_VERSIONS.join(' and ')}; start the release that wrote it`,
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
