#!/usr/bin/env bash
# A part of a stream, read with the same options from emmett's store in memory and from its PostgreSQL store.
# Guess: the same events, and the same word on the stream: both are one interface, `from`, `to` and `maxCount` are options of it, and a
# service is tested with one and run with the other.
# What happens: `from` 3, the version of a snapshot, begins behind the third event in memory, and with it in PostgreSQL: folded from there it counts twice.
# `from` 2 with `maxCount` 2 gives two events there and three here. Behind the end of a stream of five PostgreSQL says that there is no
# such stream, and of a part of it that its version is that of the last event in the part.
# Known? Nothing was found among the issues of event-driven-io/emmett.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error @event-driven-io/emmett@0.42.0 \
  @event-driven-io/emmett-postgresql@0.42.0 @event-driven-io/pongo@0.16.11 @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17 >/dev/null
node --input-type=module - <<'JS'
import { readFileSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { getInMemoryEventStore } from '@event-driven-io/emmett'
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql'

for (const name of ['@event-driven-io/emmett-postgresql', '@event-driven-io/emmett', '@electric-sql/pglite'])
  console.log(name, JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version)
const db = await PGlite.create()
const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0, maxConnections: 20 })
await server.start()
const memory = getInMemoryEventStore()
const postgresql = getPostgreSQLEventStore(`postgresql://postgres:postgres@${server.getServerConn()}/postgres?sslmode=disable`)
for (const store of [memory, postgresql])
  await store.appendToStream('kyc-1', [1, 2, 3, 4, 5].map((number) => ({ type: 'seen', data: { number } })))
const read = async (store, options) => {
  const { events, currentStreamVersion, streamExists } = await store.readStream('kyc-1', options)
  return `${events.map(({ data }) => data.number).join(' ') || 'none'}, ${streamExists ? `a stream at ${currentStreamVersion}` : 'no stream'}`
}
const seen = []
for (const options of [{}, { from: 3n }, { to: 3n }, { from: 2n, maxCount: 2n }, { from: 6n }]) {
  const asked = Object.entries(options).map(([name, value]) => `${name} ${value}`).join(', ') || 'all'
  seen.push(`${asked}: in memory ${await read(memory, options)}; in PostgreSQL ${await read(postgresql, options)}`)
  console.log(seen.at(-1))
}
await postgresql.close()
await server.stop()
await db.close()
const expected = [
  'all: in memory 1 2 3 4 5, a stream at 5; in PostgreSQL 1 2 3 4 5, a stream at 5',
  'from 3: in memory 4 5, a stream at 5; in PostgreSQL 3 4 5, a stream at 5',
  'to 3: in memory 1 2 3, a stream at 5; in PostgreSQL 1 2 3, a stream at 3',
  'from 2, maxCount 2: in memory 3 4, a stream at 5; in PostgreSQL 2 3 4, a stream at 4',
  'from 6: in memory none, a stream at 5; in PostgreSQL none, no stream',
]
process.exit(seen.join('\n') === expected.join('\n') ? 0 : 1)
JS
