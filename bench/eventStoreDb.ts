import { randomUUID } from 'node:crypto'
import { type EventData, EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client'
import * as E from 'fp-ts/lib/Either.js'
import { openEsdbEventStore } from '../src/eventStore/esdb/esdbEventStore.ts'
import type { EventStore } from '../src/eventStore/eventStore.ts'
import type { NewEvent } from '../src/eventStore/recordedEvent.ts'
import { atLeast, figure, type Measurement } from './measurement.ts'
import { appendTo, eventsOf, FIRST_PREPARED_USER } from './preparedLog.ts'
import { type Server, startServer } from './processes.ts'
import { interleave, type Side } from './rounds.ts'
import { delivery, STORY_LENGTH } from './webhooks.ts'

const CONCURRENCY = 50
const PREFIX = 'bench-'

/** Runs `append` for every event, so many at a time, each event to a stream of its own. */
const concurrently = async <A>(
  events: readonly A[],
  append: (event: A, stream: string) => Promise<unknown>,
): Promise<Side> => {
  let next = 0
  const writer = async (): Promise<void> => {
    for (let event = events[next++]; event !== undefined; event = events[next++]) await append(event, randomUUID())
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: CONCURRENCY }, writer))
  return { value: events.length / ((performance.now() - began) / 1000) }
}

const throughAdapter = (store: EventStore, events: readonly NewEvent[]): Promise<Side> =>
  concurrently(events, (event, stream) => appendTo(store, `kyc-${stream}`, 'no-stream', [event]))

/** As one would call the client: with values, which are there already and which it serialises itself. */
const throughClient = (client: EventStoreDBClient, events: readonly EventData[]): Promise<Side> =>
  concurrently(events, (event, stream) =>
    client.appendToStream(`${PREFIX}${stream}`, event, { expectedRevision: NO_STREAM }),
  )

const valuesOf = (events: readonly NewEvent[]): readonly EventData[] =>
  events.map(({ eventId, type, data, metadata }) =>
    jsonEvent({ id: eventId, type, data: JSON.parse(data), metadata: JSON.parse(metadata) }),
  )

export const eventStoreDb: Measurement = {
  name: 'eventstoredb',
  run: async ({ quick, rounds }) => {
    const url = process.env['EVENTSTORE_TEST_URL'] ?? ''
    const server: Pick<Server, 'url' | 'stop'> =
      url === ''
        ? await startServer({ file: new URL('./eventStoreDbDouble.ts', import.meta.url) })
        : { url, stop: async () => undefined }
    const opened = await openEsdbEventStore({ connectionString: server.url, streamPrefix: PREFIX })()
    if (E.isLeft(opened)) throw new Error(opened.left.reason)
    const store = opened.right
    const client = EventStoreDBClient.connectionString(server.url)
    let told = 0
    const newEvents = async (count: number): Promise<readonly NewEvent[]> => {
      const first = FIRST_PREPARED_USER + told
      told += count
      return eventsOf(Array.from({ length: count }, (_, index) => delivery(first + index, index % STORY_LENGTH)))
    }
    const amount = quick ? 1000 : 5000
    try {
      await throughAdapter(store, await newEvents(500))
      await throughClient(client, valuesOf(await newEvents(500)))
      // Made before the first round: what they leave to collect is no part of either side.
      const forAdapter = await Promise.all(Array.from({ length: rounds }, () => newEvents(amount)))
      const forClient = (await Promise.all(Array.from({ length: rounds }, () => newEvents(amount)))).map(valuesOf)
      const results = await interleave(rounds, {
        adapter: (round) => throughAdapter(store, forAdapter[round] ?? []),
        client: (round) => throughClient(client, forClient[round] ?? []),
      })
      return [
        figure(
          { what: 'EventStoreDB adapter, append', against: "the client's appendToStream", unit: '/s' },
          results.map((result) => ({ product: result.adapter, against: result.client })),
          atLeast(0.9),
          [
            `${CONCURRENCY} at a time, against ${url === '' ? 'the protocol double' : 'the server of EVENTSTORE_TEST_URL'}`,
          ],
        ),
      ]
    } finally {
      await client.dispose()
      await store.close()
      await server.stop()
    }
  },
}
