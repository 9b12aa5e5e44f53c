import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { type EventStoreConfig, readEventStore } from '../config.ts'
import type { EventStore, RecordedEvent, Revision, StreamName } from '../eventStore/eventStore.ts'
import { openEventStore } from '../eventStore/openEventStore.ts'
import { countEvents } from './countEvents.ts'
import { progressBar } from './progressBar.ts'

const USAGE = 'usage: copy --from <event store> --to <event store> (sqlite:<file>, or esdb://…)'

/** What tells one recorded event from another, wherever it is stored. */
const fingerprint = ({ stream, revision, eventId, type, data, metadata }: RecordedEvent): string =>
  JSON.stringify([stream, revision, eventId, type, data, JSON.parse(metadata)])

/** Events in a row of one stream, which can be appended together without changing the order of the log. */
function* runs(events: readonly RecordedEvent[]): Generator<readonly [RecordedEvent, ...RecordedEvent[]]> {
  let run: [RecordedEvent, ...RecordedEvent[]] | undefined
  for (const event of events) {
    if (run !== undefined && run[0].stream === event.stream) run.push(event)
    else {
      if (run !== undefined) yield run
      run = [event]
    }
  }
  if (run !== undefined) yield run
}

const headsOf = async (store: EventStore): Promise<Map<StreamName, Revision>> => {
  const heads = new Map<StreamName, Revision>()
  for await (const events of store.readAll()) for (const { stream, revision } of events) heads.set(stream, revision)
  return heads
}

/** Appends what the target does not hold yet, in the order of the log, each event at the revision it has in the source. */
const copyEvents = async (from: EventStore, to: EventStore): Promise<number> => {
  const total = await countEvents(from)
  const heads = await headsOf(to)
  const bar = progressBar('copy')
  const startedAt = performance.now()
  let done = 0
  bar.start(total, 0, { events: 0, rate: 0 })
  try {
    for await (const batch of from.readAll()) {
      const missing = batch.filter(({ stream, revision }) => revision > (heads.get(stream) ?? -1))
      for (const run of runs(missing)) {
        const [{ stream, revision }] = run
        const appended = await to.append(stream, revision === 0 ? 'no-stream' : revision - 1, run)()
        if (E.isLeft(appended)) {
          const { left } = appended
          throw new Error(
            left._tag === 'WrongExpectedVersion'
              ? `${stream} holds other events in the target (it stands at ${left.actual}, not before ${revision})`
              : left.reason,
          )
        }
      }
      done += batch.length
      bar.update(done, { events: done, rate: Math.round(done / ((performance.now() - startedAt) / 1000)) })
    }
  } finally {
    bar.stop()
  }
  return done
}

async function* one(store: EventStore): AsyncGenerator<RecordedEvent> {
  for await (const events of store.readAll()) yield* events
}

/** The first of so many events in which the logs differ, told for a person; `null` if they are the same. */
const difference = async (from: EventStore, to: EventStore, count: number): Promise<string | null> => {
  const copied = one(to)
  let compared = 0
  for await (const event of one(from)) {
    if (compared++ === count) return null
    const { value, done } = await copied.next()
    if (done) return `${event.stream} @ ${event.revision} is missing in the target`
    if (fingerprint(event) !== fingerprint(value)) {
      return `${event.stream} @ ${event.revision} (${event.eventId}) stands where the target holds ${value.stream} @ ${value.revision} (${value.eventId})`
    }
  }
  return null
}

const open = async (config: EventStoreConfig, readOnly: boolean): Promise<EventStore> => {
  const opened = await openEventStore(config, { readOnly })()
  if (E.isLeft(opened)) throw new Error(opened.left.reason)
  return opened.right
}

const parse = (words: readonly string[]) => {
  try {
    const { values } = parseArgs({ args: [...words], options: { from: { type: 'string' }, to: { type: 'string' } } })
    return { from: readEventStore(values.from ?? ''), to: readEventStore(values.to ?? '') }
  } catch {
    return null
  }
}

/**
 * `copy --from … --to …`: copies a log into another store with the ids, the order and the times of its events, and
 * compares the two in the end. What was broken off is taken up again by the same command; a service may go on writing
 * to the source, and the same command then brings the rest. Gives the exit code.
 */
export const copyCommand = async (words: readonly string[]): Promise<number> => {
  const stores = parse(words)
  if (stores === null || E.isLeft(stores.from) || E.isLeft(stores.to)) {
    console.error(USAGE)
    return 2
  }
  let from: EventStore | undefined
  let to: EventStore | undefined
  try {
    from = await open(stores.from.right, true)
    to = await open(stores.to.right, false)
    const events = await copyEvents(from, to)
    const found = await difference(from, to, events)
    console.log(found === null ? `${events} events copied and compared: the same` : `the logs differ: ${found}`)
    return found === null ? 0 : 1
  } catch (error) {
    console.error(`not copied: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  } finally {
    await Promise.all([from?.close(), to?.close()])
  }
}
