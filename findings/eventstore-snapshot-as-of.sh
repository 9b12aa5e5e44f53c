#!/usr/bin/env bash
# node-eventstore (the package `eventstore`), in memory: an aggregate as of a revision, with a snapshot and without.
# Guess: a snapshot makes reading faster and changes nothing else.
# What happens: a revision is left out where events are read up to it, and taken in where a snapshot stands at it. `getFromSnapshot`
# up to revision 3 gives events 0 to 2; once a snapshot of 0 to 3 was made, it gives that one. Who asks what was known then gets
# another answer after a snapshot. In a snapshot, a text that is a time with seconds comes back as a Date; in an event
# it stays the text that it was.
# Known? Nothing was found among the issues of thenativeweb/node-eventstore.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error eventstore@1.15.5 >/dev/null
node - <<'JS'
const store = require('eventstore')()
console.log('eventstore', require('./node_modules/eventstore/package.json').version)
const user = { aggregateId: '1', aggregate: 'user', context: 'kyc' }
const called = (on, method, ...given) =>
  new Promise((resolve, reject) => on[method](...given, (error, ...answer) => (error ? reject(error) : resolve(answer))))
const at = '2026-02-20T10:26:47Z'
const asOf = async (revision) => {
  const [snapshot, stream] = await called(store, 'getFromSnapshot', user, revision)
  const numbers = [...(snapshot?.data.numbers ?? []), ...stream.events.map(({ payload }) => payload.number)]
  console.log(`up to revision ${revision}, ${snapshot ? 'with' : 'without'} a snapshot: events ${numbers}`)
  return { numbers: numbers.join(), at: snapshot ? snapshot.data.at : stream.events[0].payload.at }
}
const main = async () => {
  await called(store, 'init')
  const [stream] = await called(store, 'getEventStream', user, 0, -1)
  for (const number of [0, 1, 2, 3, 4]) stream.addEvent({ number, at })
  await called(stream, 'commit')
  const before = await asOf(3)
  await called(store, 'createSnapshot', { ...user, revision: 3, version: 1, data: { numbers: [0, 1, 2, 3], at } })
  const after = await asOf(3)
  console.log('time in an event:', before.at, '| in a snapshot:', after.at)
  return before.numbers === '0,1,2' && after.numbers === '0,1,2,3' && before.at === at && after.at instanceof Date
}
main().then((asEver) => process.exit(asEver ? 0 : 1))
JS
