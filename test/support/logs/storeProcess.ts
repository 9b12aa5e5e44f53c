/**
 * A process that uses an event log, for tests that need a second one: `node storeProcess.ts hold|append|follow <file>`.
 * Speaks in lines: `open` or `cannot open …`, then an event id for each event it had acknowledged or was given.
 */
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { newEvent, newStream } from '../events/newEvents.ts'
import { right } from '../right.ts'

const [task, file = ''] = process.argv.slice(2)
const say = (line: string): unknown => process.stdout.write(`${line}\n`)
const forever = setInterval(() => {}, 60_000)

const opened = await openSqliteEventStore({ file, readOnly: task === 'follow' })()
if (opened._tag === 'Left') {
  say(opened.left.reason)
  process.exit(1)
}
const store = opened.right
say('open')

const appendForEver = async (): Promise<never> => {
  const stream = newStream()
  for (let revision = -1; ; revision += 2) {
    const events = [newEvent(), newEvent()]
    right(await store.append(stream, revision < 0 ? 'no-stream' : revision, events)())
    for (const event of events) say(event.eventId)
  }
}

if (task === 'append') await Promise.all(Array.from({ length: 20 }, appendForEver))
if (task === 'follow') {
  for await (const { events } of store.follow(null, new AbortController().signal)) {
    for (const event of events) say(event.eventId)
  }
}
await new Promise(() => forever)
