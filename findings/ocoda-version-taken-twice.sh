#!/usr/bin/env bash
# Two who fold a user at the same version and append, each, to @ocoda/event-sourcing's in-memory store.
# Guess: the second one is refused: `appendEvents` is given the version, the package's store in MongoDB has a unique index of it, and the
# README calls the one in memory fully functional, for tests.
# What happens: both are taken, as version 2. The user is at version 3 when he is folded again, but there is no event 3, of the two
# at 2 `getEvent` knows the first alone, and who goes on from a state kept at 2 is never told of the second.
# Known? Nothing was found among the issues of ocoda/event-sourcing.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error @ocoda/event-sourcing@1.0.0-beta.21 \
  @nestjs/common@10.4.20 @nestjs/core@10.4.20 reflect-metadata@0.2.2 rxjs@7.8.2 >/dev/null
node - <<'JS'
require('reflect-metadata')
const { Aggregate, AggregateRoot, Event, EventMap, EventStream, UUID } = require('@ocoda/event-sourcing')
const { InMemoryEventStore } = require('@ocoda/event-sourcing/dist/integration/event-store')
console.log('@ocoda/event-sourcing', require('./node_modules/@ocoda/event-sourcing/package.json').version)

class Verified {}
class Refused {}
class Pending {}
class User extends AggregateRoot {}
Aggregate({ streamName: 'user' })(User)
const events = new EventMap()
for (const [name, event] of Object.entries({ pending: Pending, verified: Verified, refused: Refused })) {
  Event(name)(event)
  events.register(event, { serialize: () => ({}), deserialize: () => new event() })
}
const store = new InMemoryEventStore(events)
store.setup()
const published = []
store.publish = async ({ event }) => published.push(event)
const stream = EventStream.for(User, UUID.generate())
const folded = async () => {
  const user = new User()
  await user.loadFromHistory(store.getEvents(stream))
  return user
}
const append = async (user, event) => {
  user.applyEvent(event)
  await store.appendEvents(stream, user.version, user.commit())
  return 'appended'
}
const among = async (filter) => {
  const found = []
  for await (const some of store.getEnvelopes(stream, filter)) found.push(...some.map(({ event, metadata }) => `${metadata.version} ${event}`))
  return found.join(', ')
}
const main = async () => {
  await append(new User(), new Pending())
  const [one, other] = [await folded(), await folded()]
  const outcomes = [await append(one, new Verified()), await append(other, new Refused()).catch((error) => error.message)]
  console.log('both at version 1; the first:', outcomes[0], '| the second:', outcomes[1])
  const all = await among()
  const after = await among({ fromVersion: 3 })
  const { version } = await folded()
  console.log('published:', published.join(', '), '| events:', all, '| from 3 on:', after || 'none', '| folded again: version', version)
  const third = (() => {
    try {
      return store.getEvent(stream, 3).constructor.name
    } catch (error) {
      return error.constructor.name
    }
  })()
  console.log('event 2:', store.getEvent(stream, 2).constructor.name, '| event 3:', third)
  const asEver = all === '1 pending, 2 verified, 2 refused' && after === '' && version === 3 && third === 'EventNotFoundException'
  process.exit(asEver ? 0 : 1)
}
main()
JS
