#!/usr/bin/env bash
# Erasing a person's rows in SQLite with `PRAGMA secure_delete = ON`, set before the first row was written.
# Guess: what is deleted is overwritten with zeros (sqlite.org, pragma.html), so no byte of a deleted person is left in the file.
# What happens: some are. A deletion that makes SQLite balance pages moves rows of others, and the bytes that those leave behind lie in
# the page as unused space. When such a row is deleted later, the place where it stands is overwritten, not the one where it stood.
# VACUUM gets rid of it: it writes the file anew.
# Known? Nothing was found: projects that must erase turn the pragma on and rest there.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error sql.js@1.17.0 >/dev/null
node --input-type=module - <<'JS'
import initSqlJs from 'sql.js'

const { Database } = await initSqlJs()
const db = new Database()
const one = (sql) => db.exec(sql)[0].values[0][0]
console.log('SQLite', one('SELECT sqlite_version()'), '| secure_delete:', one('PRAGMA secure_delete = ON'))
db.run('CREATE TABLE events (position INTEGER PRIMARY KEY, person INTEGER NOT NULL, data TEXT NOT NULL)')
// The same numbers in each run.
let seed = 1
const below = (most) => {
  seed = (seed * 48271) % 2147483647
  return seed % most
}
const mark = (person) => `<person ${String(person).padStart(4, '0')}>`
const PERSONS = 400
db.run('BEGIN')
for (let n = 0; n < 6000; n++) {
  const person = below(PERSONS)
  db.run('INSERT INTO events (person, data) VALUES (?, ?)', [person, mark(person).repeat(1 + below(60))])
}
db.run('COMMIT')
const erased = Array.from({ length: 300 }, (_, person) => person)
for (const person of erased) db.run('DELETE FROM events WHERE person = ?', [person])
const rows = one('SELECT count(*) FROM events WHERE person < 300')
// A copy of the file, byte for byte. To take one closes the database, and opens it with its settings at their defaults.
const found = () => {
  const file = Buffer.from(db.export()).toString('latin1')
  return erased.filter((person) => file.includes(mark(person))).length
}
const left = found()
db.run('VACUUM')
const after = found()
console.log(`${erased.length} of ${PERSONS} persons deleted, rows of them: ${rows}; still in the file: ${left} of them; after VACUUM: ${after}`)
process.exit(rows === 0 && left > 0 && after === 0 ? 0 : 1)
JS
