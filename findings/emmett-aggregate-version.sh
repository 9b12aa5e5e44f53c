#!/usr/bin/env bash
# The version that emmett's in-memory store gives with an aggregate folded from a position on, as one does after a snapshot.
# Guess: `currentStreamVersion` is the version of the stream, whatever part of it was read; it is what the next append expects.
# What happens: it is the number of events that were folded. Of a stream at 5, folded from 3 on: 2, and the append that expects it
# is refused as a conflict though nobody else wrote, again at each try. `readStream` of the same store with the same options says 5.
# Known? Nothing was found among the issues of event-driven-io/emmett.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error @event-driven-io/emmett@0.42.0 >/dev/null
node --input-type=module - <<'JS'
import { readFileSync } from 'node:fs'
import { getInMemoryEventStore } from '@event-driven-io/emmett'

console.log('@event-driven-io/emmett', JSON.parse(readFileSync('node_modules/@event-driven-io/emmett/package.json', 'utf8')).version)
const store = getInMemoryEventStore()
const seen = (number) => ({ type: 'Seen', data: { number } })
await store.appendToStream('kyc-1', [1, 2, 3, 4, 5].map(seen))
const snapshot = { state: 6, version: 3n }
const options = { read: { from: snapshot.version } }
const fold = { evolve: (sum, { data }) => sum + data.number, initialState: () => snapshot.state }
const folded = await store.aggregateStream('kyc-1', { ...fold, ...options })
const read = await store.readStream('kyc-1', options.read)
console.log('from 3 on: state', folded.state, 'version', folded.currentStreamVersion, '| readStream: version', read.currentStreamVersion)
const outcome = await store.appendToStream('kyc-1', [seen(6)], { expectedStreamVersion: folded.currentStreamVersion }).then(
  () => 'appended',
  (error) => error.message,
)
console.log('append:', outcome)
const asEver = folded.state === 15 && folded.currentStreamVersion === 2n && read.currentStreamVersion === 5n && outcome !== 'appended'
process.exit(asEver ? 0 : 1)
JS
