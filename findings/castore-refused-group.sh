#!/usr/bin/env bash
# A group of events for two aggregates that castore's in-memory adapter refuses, since one of them is there already.
# Guess: all or nothing, as its manual says (castore-dev.github.io/castore/docs/event-sourcing/joining-data). After the refusal
# the store is as it was before.
# What happens: no event is kept, but the id of the aggregate that would have been new is, without any event. From then on
# `listAggregateIds` throws for the whole store, so nothing that walks all aggregates (a projection, an export) starts any more.
# An append to that id mends it.
# Known? Nothing was found among the issues of castore-dev/castore.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error \
  @castore/core@2.4.2 @castore/event-storage-adapter-in-memory@2.4.2 >/dev/null
node - <<'JS'
const { EventStore, EventType } = require('@castore/core')
const { InMemoryEventStorageAdapter } = require('@castore/event-storage-adapter-in-memory')
for (const name of ['core', 'event-storage-adapter-in-memory'])
  console.log(`@castore/${name}`, require(`./node_modules/@castore/${name}/package.json`).version)
const users = new EventStore({
  eventStoreId: 'users',
  eventTypes: [new EventType({ type: 'Reviewed' })],
  reducer: (_, { aggregateId, version }) => ({ aggregateId, version }),
  eventStorageAdapter: new InMemoryEventStorageAdapter(),
})
const reviewed = (aggregateId, version) => ({ aggregateId, version, type: 'Reviewed' })
const ids = () =>
  users.listAggregateIds().then(
    ({ aggregateIds }) => aggregateIds.map(({ aggregateId }) => aggregateId).join(),
    (error) => `throws: ${error.message}`,
  )
const main = async () => {
  await users.pushEvent(reviewed('one', 1))
  const before = await ids()
  const group = [reviewed('two', 1), reviewed('one', 1)].map((event) => users.groupEvent(event))
  const refused = await EventStore.pushEventGroup(...group).then(() => 'kept', (error) => error.code)
  const left = (await users.getEvents('two')).events.length
  const after = await ids()
  await users.pushEvent(reviewed('two', 1))
  const mended = await ids()
  console.log({ before, refused, left, after, mended })
  return before === 'one' && refused === 'EventAlreadyExistsError' && left === 0 && after.startsWith('throws') && mended === 'one,two'
}
main().then((asEver) => process.exit(asEver ? 0 : 1))
JS
