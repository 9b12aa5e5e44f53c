#!/usr/bin/env bash
# An event whose data hold long numbers as texts, appended to the PostgreSQL store of emmett and read again.
# Guess: a text comes back as a text. That is why ids, references and account numbers are texts in JSON: no reader makes numbers of them.
# What happens: one of digits alone that is larger than 2^53 - 1 comes back as a bigint, in data and in metadata: the 23 digits of a French
# account, without the zeros that it began with, an id of 19 digits. `===` with the text is false, and JSON.stringify throws on it. Shorter ones
# stay texts, so it depends on the customer. The store in memory gives back what it was given.
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
const postgresql = getPostgreSQLEventStore(`postgresql://postgres:postgres@${server.getServerConn()}/postgres?sslmode=disable`)
const stores = { 'in memory': getInMemoryEventStore(), 'in PostgreSQL': postgresql }
const data = {
  user: '6461762',
  safe: '9007199254740991',
  larger: '9007199254740992',
  longest: '9223372036854775807',
  account: '16798000010000012345602',
  zero: '00098000010000012345602',
}
const seen = {}
for (const [name, store] of Object.entries(stores)) {
  await store.appendToStream('kyc-1', [{ type: 'accountAdded', data, metadata: { longest: data.longest } }])
  const [event] = (await store.readStream('kyc-1')).events
  const types = Object.keys(data).map((key) => `${key} ${typeof event.data[key]}`)
  let again = 'written again'
  try {
    JSON.stringify(event.data)
  } catch ({ name }) {
    again = name
  }
  seen[name] = `${types.join(', ')}; metadata ${typeof event.metadata.longest}; ${event.data.zero}; ${again}`
  console.log(`${name}: ${seen[name]}`)
}
await postgresql.close()
await server.stop()
await db.close()
const asEver =
  seen['in memory'] ===
    'user string, safe string, larger string, longest string, account string, zero string; metadata string; 00098000010000012345602; written again' &&
  seen['in PostgreSQL'] ===
    'user string, safe string, larger bigint, longest bigint, account bigint, zero bigint; metadata bigint; 98000010000012345602; TypeError'
process.exit(asEver ? 0 : 1)
JS
