import type { EventStore, LogBatch } from '../../eventStore/eventStore.ts'
import type { Position } from '../../eventStore/recordedEvent.ts'
import { serverSentEvent } from '../lines.ts'
import type { Sources } from '../users/sources.ts'
import { incomplete, type Told, tellingEvents } from './told.ts'

/** A comment of server-sent events: a client sees that the connection lives, and whoever gave up is noticed. */
const HEARTBEAT = ':\n\n'

/** An event has the position as its id, which the client sends when it comes again. */
const sent = ({ json, position }: Told): string =>
  position === null ? `event: incomplete\ndata: ${json}\n\n` : serverSentEvent(json, position)

/** What comes first: the value, or `null` after so long. */
const orQuiet = async <A>(value: Promise<A>, milliseconds: number): Promise<A | null> => {
  const quiet = Promise.withResolvers<null>()
  const timer = setTimeout(quiet.resolve, milliseconds, null)
  try {
    return await Promise.race([value, quiet.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** The batches, and `null` for each `quietMs` in which there was none. The next is asked for when this is. */
async function* withQuiet(batches: AsyncIterable<LogBatch>, quietMs: number): AsyncGenerator<LogBatch | null> {
  const iterator = batches[Symbol.asyncIterator]()
  let next = iterator.next()
  try {
    for (;;) {
      const arrived = await orQuiet(next, quietMs)
      if (arrived?.done) return
      yield arrived === null ? null : arrived.value
      if (arrived !== null) next = iterator.next()
    }
  } finally {
    next.catch(() => undefined)
    void iterator.return?.()
  }
}

/**
 * The log from just after `after`, then live, as server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html), until `signal`, or until the log can no longer be
 * followed: it may be another one when it comes back, so the client has to ask anew. In between, heartbeats.
 */
export async function* live(
  { store, uncertain }: { readonly store: EventStore } & Pick<Sources, 'uncertain'>,
  after: Position | null,
  signal: AbortSignal,
  quietMs: number,
): AsyncGenerator<string> {
  const told = tellingEvents({ uncertain })
  // At once, so that the client has its headers.
  yield HEARTBEAT
  for await (const batch of withQuiet(store.follow(after, signal), quietMs)) {
    if (batch === null) {
      yield HEARTBEAT
      continue
    }
    if (batch.lost !== undefined) return
    const { events, altered = [] } = batch
    if (altered.length > 0) yield sent(incomplete(altered))
    for (const event of events) yield sent(told(event))
  }
}
