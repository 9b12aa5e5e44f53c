#!/usr/bin/env bash
# A commit whose fsync failed, the process killed, the database opened again, and then a power cut.
# Guess: a database with `synchronous = FULL` and a write-ahead log is whole after any power cut, since a checkpoint syncs the log before
# it writes a page of the database (sqlite.org, wal.html, "Checkpointing"; walformat.html).
# What happens: it is damaged, of rows committed and checkpointed long before. What Linux could not write it takes for written (fsync(2), "errors"): the
# frames stay in memory. Whoever opens the database recovers them, and the sync before its checkpoint succeeds and writes none of them.
# Cut off within the checkpoint, the disk has pages of it, and a log that ends before it.
# The disk is played here: `disk` is the log as it was synced last, `memory` the one that the failed sync left. The same, with real calls and
# a sync that fails, is recorded by test/storage/.
# With the Node that this SQLite is made for: an older one of the machine (20) ends with a segmentation fault as soon as a database is opened.
# Known? The kernel's side is ("fsyncgate", PostgreSQL 2018). SQLite's documents do not speak of an fsync that fails once.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error better-sqlite3@13.2.0 node@24.21.0 >/dev/null
# The package `node` gets its program when it is rebuilt.
npm rebuild node --loglevel=error >/dev/null
cat >run.mjs <<'JS'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'

const open = (file) => {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  return db
}
const insert = (db, id) => db.prepare('INSERT INTO t VALUES (?, ?)').run(id, `text of ${id} `.repeat(20))
const names = (from, to) => {
  copyFileSync(from, to)
  copyFileSync(`${from}-wal`, `${to}-wal`)
}

const db = open('first.db')
console.log('Node', process.version, '| SQLite', db.prepare('SELECT sqlite_version()').pluck().get())
db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT UNIQUE)')
for (let id = 1; id <= 200; id++) insert(db, id)
db.pragma('wal_checkpoint(TRUNCATE)')
// The disk as it is when the sync of the next commit fails, and the memory after that.
names('first.db', 'disk.db')
db.transaction(() => {
  for (let id = 201; id <= 240; id++) insert(db, id)
})()
names('first.db', 'memory.db')

// kill -9, and a start: it goes by the memory. Its checkpoint is what the power cuts short.
const before = readFileSync('memory.db')
const next = open('memory.db')
console.log('rows after the sync that failed:', next.prepare('SELECT count(*) FROM t').pluck().get(), '- of them on the disk: 200')
next.pragma('wal_checkpoint(PASSIVE)')
const after = readFileSync('memory.db')
const page = 4096
const pages = [...Array(after.length / page).keys()].filter((n) => !after.subarray(n * page, (n + 1) * page).equals(before.subarray(n * page, (n + 1) * page)))
let damaged = 0
for (let written = 1; written < pages.length; written++) {
  const cut = Buffer.concat([before, Buffer.alloc(after.length - before.length)])
  for (const n of pages.slice(0, written)) after.copy(cut, n * page, n * page, (n + 1) * page)
  writeFileSync('cut.db', cut)
  copyFileSync('disk.db-wal', 'cut.db-wal')
  const found = open('cut.db')
  let says = 'ok'
  try {
    says = found.pragma('integrity_check', { simple: true })
  } catch (error) {
    says = error.message
  }
  found.close()
  for (const suffix of ['', '-wal', '-shm']) rmSync(`cut.db${suffix}`, { force: true })
  if (says !== 'ok') damaged += 1
  if (says !== 'ok' && damaged === 1) console.log('a power cut in the checkpoint:', says.split('\n').find((line) => !line.startsWith('***')))
}
console.log(`damaged after ${damaged} of ${pages.length - 1} cuts`)
process.exit(damaged > 0 ? 0 : 1)
JS
node_modules/.bin/node run.mjs
