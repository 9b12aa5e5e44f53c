import type { Instant } from '../../../domain/instant.ts'
import type { Appended } from '../../../src/eventStore/appendOutcome.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import type { StreamName } from '../../../src/eventStore/recordedEvent.ts'
import { leafOf } from '../../../src/evidence/record.ts'
import { type ErasureEvent, erasureEvent, type Ground } from '../../../src/ledger/erasures.ts'
import { ERASURES, SEALS, userOfStream } from '../../../src/ledger/streams.ts'
import { right } from '../right.ts'

export const GROUND: Ground = {
  rule: 'ended',
  since: '2019-01-01T00:00:00Z',
  period: 'P5Y',
  dueAt: '2024-01-01T00:00:00Z',
  country: 'FR',
  authority: null,
}

const AT = 1_767_571_200_000_000 as Instant

/** Appends what is said to the stream of erasures. */
export const sayOfErasure = async (store: EventStore, ...said: readonly ErasureEvent[]): Promise<Appended> => {
  const [last] = await Array.fromAsync(store.readStream(ERASURES, { direction: 'backwards', limit: 1 }))
  const events = said.map((one) => erasureEvent(one, AT))
  return right(await store.append(ERASURES, last?.revision ?? 'no-stream', events)())
}

/**
 * The record of the erasure of events of a stream, with their leaves as a walk of the log gives them: of all that it shows, or of
 * revisions up to `to`. Of a log of which nothing was removed yet.
 */
export const recordOfStream = async (
  store: EventStore,
  stream: StreamName,
  { erasure = 0, to = Number.POSITIVE_INFINITY }: { readonly erasure?: number; readonly to?: number } = {},
): Promise<Extract<ErasureEvent, { readonly _tag: 'Erased' }>> => {
  const found = (await Array.fromAsync(store.readAll())).flat().filter((event) => event.stream !== SEALS)
  const leaves = found.flatMap((event, index) =>
    event.stream === stream && event.revision <= to ? [[index, leafOf(event).toString('base64')] as const] : [],
  )
  return {
    _tag: 'Erased',
    erasure,
    userId: userOfStream(stream),
    ground: GROUND,
    stream,
    from: 0,
    to: leaves.length - 1,
    leaves,
  }
}

/** Records the erasure of the events of streams, each as a log that nothing was removed from shows it; removes nothing. */
export const recordErased = async (store: EventStore, ...streams: readonly StreamName[]): Promise<void> => {
  for (const stream of streams) await sayOfErasure(store, await recordOfStream(store, stream))
}
