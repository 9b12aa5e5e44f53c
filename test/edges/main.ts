import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { appendTo, openStore } from '../../bench/preparedLog.ts'
import { openEsdbEventStore } from '../../src/eventStore/esdb/esdbEventStore.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { optionsOf } from '../support/optionsOf.ts'
import { right } from '../support/right.ts'
import { endChildren } from '../support/service/children.ts'
import { askAboutMany } from './askAboutMany.ts'
import { askAboutOne } from './askAboutOne.ts'
import { acrossChunks } from './chunks.ts'
import { clocksThatDiffer } from './clocks.ts'
import { BEGAN, eventsBetween, firstOfEach, userAt } from './prepared.ts'

const KINDS = ['one-user', 'many-users', 'chunks', 'clocks'] as const

const USAGE = `node test/edges/main.ts --only <kind> [--count <n>] [--directory <dir>] [--began <ms>] [--steps <regexp>] [--off <s>,<s>]

  Logs that are larger than anybody has: what each question costs, and what others feel meanwhile. Nothing is judged: it prints.
  Of one user so many events (1000 unless told otherwise), or so many users with one event; in a log that is made, or that of a directory (its
  history began at --began then). With EVENTSTORE_TEST_URL the log is that of the server, and is written there where it has none of these users;
  EVENTSTORE_TEST_PID is its process, for what it costs. NODE_OPTIONS is what the service is started with: --max-old-space-size gives it more memory. chunks: so many
  batches across the chunks of the server, which should have been started with --chunk-size 1048576. clocks: two nodes in front of the protocol double, the clock
  of the second off by each of so many seconds in turn; with EVENTSTORE_TEST_URL in front of that server, by one number alone, since what is written ahead stays in its log.

  kinds: ${KINDS.join(', ')}`

const { EVENTSTORE_TEST_URL: server, NODE_OPTIONS: nodeOptions } = process.env

const { only, count, directory, began, steps, off } = optionsOf(USAGE, () => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: 'one-user' },
      count: { type: 'string', default: '1000' },
      directory: { type: 'string' },
      began: { type: 'string', default: String(BEGAN) },
      steps: { type: 'string', default: '.' },
      off: { type: 'string', default: '30,-30,120,-120,3600,-3600' },
      help: { type: 'boolean', default: false },
    },
  })
  const kind = KINDS.find((one) => one === values.only)
  if (kind === undefined) return `there is no kind ${values.only}`
  const [number, at] = [Number(values.count), Number(values.began)]
  if (!Number.isSafeInteger(number) || number < 1 || !Number.isSafeInteger(at)) return 'a number is none'
  const off = values.off.split(',').map(Number)
  if (!off.every(Number.isSafeInteger)) return 'a number of seconds is none'
  if (kind === 'clocks' && server !== undefined && off.length > 1)
    return 'one number of seconds for each log of a server'
  return { ...values, off, only: kind, count: number, began: at, directory: values.directory ?? newDirectory() }
})

const env = {
  ...(server === undefined ? {} : { EVENT_STORE: server }),
  ...(nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions }),
}
const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`)

const USER = 77
/** An append to a server may have 1 MiB. */
const TOGETHER = server === undefined ? 500 : 200

/** The log, where nobody has written it yet. */
const emptyLog = async (): Promise<EventStore | null> => {
  const file = join(directory, 'events.db')
  if (server === undefined) return existsSync(file) ? null : openStore(file)
  const store = right(await openEsdbEventStore({ connectionString: server })())
  const first = `kyc-${only === 'one-user' ? USER : userAt(0)}`
  if ((await Array.fromAsync(store.readStream(first, { limit: 1 }))).length === 0) return store
  await store.close()
  return null
}

/** Writes the log, where there is none: as the service does, but many events with one append. */
const prepared = async (): Promise<void> => {
  const store = await emptyLog()
  if (store === null) return
  for (let from = 0; from < count; from += TOGETHER) {
    const to = Math.min(count, from + TOGETHER)
    if (only === 'one-user') {
      const expected = from === 0 ? 'no-stream' : from - 1
      await appendTo(store, `kyc-${USER}`, expected, await eventsBetween(USER, from, to))
    } else {
      const each = await firstOfEach(from, to)
      await Promise.all(each.map(({ user, event }) => appendTo(store, `kyc-${user}`, 'no-stream', [event])))
    }
  }
  await store.close()
  say(`a log of ${count.toLocaleString('en-US')} events was written, which began at ${BEGAN}`)
}

if (only === 'chunks') await acrossChunks(server ?? '', count, Math.min(count, 400), say)
else if (only === 'clocks') await clocksThatDiffer(off, server, say)
else {
  await prepared()
  const asked = { directory, count, env, say, only: new RegExp(steps) }
  await (only === 'one-user' ? askAboutOne({ ...asked, user: USER, began }) : askAboutMany(asked))
}
await endChildren()
process.exit(0)
