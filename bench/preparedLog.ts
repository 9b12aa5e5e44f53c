import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { factName } from '../domain/event/identity.ts'
import { EventMetadata, METADATA_FORMAT } from '../domain/event/metadata.ts'
import { systemClock } from '../src/clock/clock.ts'
import type { ExpectedRevision } from '../src/eventStore/appendOutcome.ts'
import type { EventStore } from '../src/eventStore/eventStore.ts'
import type { NewEvent, StreamName } from '../src/eventStore/recordedEvent.ts'
import { openSqliteEventStore } from '../src/eventStore/sqlite/sqliteEventStore.ts'
import type { Fact } from '../src/ingest/fact.ts'
import { receiveDelivery } from '../src/ingest/receiveDelivery.ts'
import type { FactRecorder } from '../src/ingest/recordFact.ts'
import { eventIdOf } from '../src/ledger/eventId.ts'
import { newSalt } from '../src/ledger/salt.ts'
import { webhookSecret } from '../src/webhooks/signature.ts'
import { newDirectory } from './processes.ts'
import { startService } from './service.ts'
import { delivery, SECRET, STORY_LENGTH } from './webhooks.ts'

/** The event that a new fact becomes. */
const eventOf = (fact: Fact): NewEvent => {
  const metadata: EventMetadata = {
    ...fact.metadata,
    format: METADATA_FORMAT,
    recordedAt: systemClock(),
    echoOf: null,
    salt: newSalt(),
    whole: null,
  }
  return {
    eventId: eventIdOf(factName(metadata, metadata.userId)),
    type: fact.type,
    data: fact.data,
    metadata: JSON.stringify(EventMetadata.encode(metadata)),
  }
}

/** The events that deliveries become, by the service's own way of a webhook but for the append. */
export const eventsOf = async (bodies: readonly string[]): Promise<readonly NewEvent[]> => {
  const events: NewEvent[] = []
  const recorder: FactRecorder = {
    record: (fact) => async () => {
      const event = eventOf(fact)
      events.push(event)
      const standing = { stream: fact.stream, revision: 0, position: '', eventId: event.eventId }
      return E.right({ outcome: 'appended', standing })
    },
    settled: async () => undefined,
  }
  const receive = receiveDelivery({
    recorder,
    secrets: () => [webhookSecret(SECRET)],
    keep: async () => E.left('a prepared delivery is not as it should be'),
  })
  for (const body of bodies) {
    const outcome = await receive({
      body: Buffer.from(body),
      contentType: null,
      receivedAt: systemClock(),
      resubmitted: false,
    })
    if (outcome._tag !== 'Appended') throw new Error(`a prepared delivery was answered ${JSON.stringify(outcome)}`)
  }
  return events
}

export const openStore = async (file: string): Promise<EventStore> => {
  const opened = await openSqliteEventStore({ file })()
  if (E.isLeft(opened)) throw new Error(opened.left.reason)
  return opened.right
}

export const appendTo = async (
  store: EventStore,
  stream: StreamName,
  expected: ExpectedRevision,
  events: readonly NewEvent[],
): Promise<string> => {
  const appended = await store.append(stream, expected, events)()
  if (E.isLeft(appended)) throw new Error(`${stream}: ${JSON.stringify(appended.left)}`)
  return appended.right.position
}

export const FIRST_PREPARED_USER = 10_000_000

export interface PreparedLog {
  readonly users: number
  readonly eventsEach: number
  /** Events of one append: few, and the histories of many users are interleaved, as they arrive; many, and it is fast. */
  readonly together: number
  /** One event in so many is late; 0 for none. */
  readonly lateEvery: number
}

const USERS_AT_A_TIME = 100

/** Writes `events.db` into a new directory, through the port of the store. */
export const prepareLog = async ({ users, eventsEach, together, lateEvery }: PreparedLog): Promise<string> => {
  const directory = newDirectory()
  const store = await openStore(join(directory, 'events.db'))
  let count = 0
  const history = (user: number): Promise<readonly NewEvent[]> =>
    eventsOf(
      Array.from({ length: eventsEach }, (_, step) => {
        count += 1
        const late = lateEvery > 0 && step > 0 && count % lateEvery === 0
        return delivery(user, step, { late, chapter: Math.floor(step / STORY_LENGTH) })
      }),
    )
  try {
    let written: Promise<unknown> = Promise.resolve()
    for (let first = 0; first < users; first += USERS_AT_A_TIME) {
      const some = Array.from(
        { length: Math.min(USERS_AT_A_TIME, users - first) },
        (_, index) => FIRST_PREPARED_USER + first + index,
      )
      const histories = await Promise.all(some.map(async (user) => ({ user, events: await history(user) })))
      await written
      const appends: Promise<string>[] = []
      for (let from = 0; from < eventsEach; from += together) {
        for (const { user, events } of histories) {
          const expected = from === 0 ? 'no-stream' : from - 1
          appends.push(appendTo(store, `kyc-${user}`, expected, events.slice(from, from + together)))
        }
      }
      // The next histories are made while these are written.
      written = Promise.all(appends)
    }
    await written
  } finally {
    await store.close()
  }
  return directory
}

/** Brings the read model of a directory up to the end of its log, by the service itself. */
export const warmReadModel = async (directory: string): Promise<void> => {
  const service = await startService(directory)
  await service.idle()
  await service.stop()
}

/** Logs that several measurements of one run work on, written once per run and never kept beyond it. */
const shared = new Map<string, Promise<string>>()

export const sharedLog = (log: PreparedLog): Promise<string> => {
  const key = JSON.stringify(log)
  const preparing =
    shared.get(key) ??
    prepareLog(log).then(async (directory) => {
      await warmReadModel(directory)
      return directory
    })
  shared.set(key, preparing)
  return preparing
}

/** The large log: 1,000,000 events of 100,000 users with a warm read model; a fiftieth of it where it has to be quick. */
export const largeLog = (quick: boolean): PreparedLog => ({
  users: quick ? 2000 : 100_000,
  eventsEach: 10,
  together: 10,
  lateEvery: 0,
})
