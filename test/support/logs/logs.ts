import { join } from 'node:path'
import type { UserId } from '../../../domain/identifiers.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { RECEIVED, storedEvent } from '../events/storedEvents.ts'
import { gather } from '../gather.ts'
import { right } from '../right.ts'
import type { WebhookJson } from '../webhooks/documentedWebhooks.ts'

const opened = async <A>(
  directory: string,
  readOnly: boolean,
  use: (store: EventStore) => A | Promise<A>,
): Promise<A> => {
  const store = right(await openSqliteEventStore({ file: join(directory, 'events.db'), readOnly })())
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/** Opens the embedded log of a data directory, which has no service, or makes one, for as long as `write` takes. */
export const writingLog = <A>(directory: string, write: (store: EventStore) => A | Promise<A>): Promise<A> =>
  opened(directory, false, write)

/** Opens the embedded log of a data directory beside whoever writes it, for as long as `read` takes. */
export const readingLog = <A>(directory: string, read: (store: EventStore) => A | Promise<A>): Promise<A> =>
  opened(directory, true, read)

/** All of a log. */
export const eventsOf = async (store: EventStore): Promise<readonly RecordedEvent[]> =>
  (await gather(store.readAll())).flat()

/**
 * Writes a webhook into one stream alone, as a release did that found no other user in it, or for `null` nobody at all.
 * Gives where it stands.
 */
export const recordAsFound = async (
  store: EventStore,
  found: UserId | null,
  webhook: WebhookJson,
  receivedAt: string = RECEIVED,
): Promise<{ readonly eventId: string; readonly position: string }> => {
  const stream = found === null ? 'kyc-unattributed' : `kyc-${found}`
  const [last] = await Array.fromAsync(store.readStream(stream, { direction: 'backwards', limit: 1 }))
  const { eventId, data, metadata } = storedEvent(webhook, {
    ...(found === null ? { user: null, family: null } : { user: found }),
    receivedAt,
  })
  const event = { eventId, type: 'x', data, metadata }
  const { position } = right(await store.append(stream, last?.revision ?? 'no-stream', [event])())
  return { eventId, position }
}
