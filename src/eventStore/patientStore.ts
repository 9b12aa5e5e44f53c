import { setTimeout as sleep } from 'node:timers/promises'
import type { EventStore, ReadStreamOptions } from './eventStore.ts'
import { isStoreUnreachable } from './readFailure.ts'
import type { RecordedEvent, StreamName } from './recordedEvent.ts'

/** A store out of reach is waited for so long. */
const PATIENCE_MS = 60_000
const PAUSE_MS = 500

/**
 * Reads a store for a command: one that is out of reach is waited for, up to a minute, and read on behind the last event it
 * gave. `waits` is told why, at each try.
 */
export const patient = (store: EventStore, waits: (reason: string) => void): EventStore => {
  /** Reads with `from`, and again with what that gave in between, until it comes to its end. */
  async function* read<A>(again: () => AsyncIterable<A>, gave: (one: A) => void): AsyncGenerator<A> {
    for (let until: number | null = null; ; await sleep(PAUSE_MS)) {
      try {
        for await (const one of again()) {
          yield one
          gave(one)
          until = null
        }
        return
      } catch (error) {
        until ??= performance.now() + PATIENCE_MS
        if (!isStoreUnreachable(error) || performance.now() >= until) throw error
        waits(error instanceof Error ? error.message : String(error))
      }
    }
  }

  const readAll: EventStore['readAll'] = (after = null, ...others) => {
    let position = after
    return read(
      () => store.readAll(position, ...others),
      (events) => {
        position = events.at(-1)?.position ?? position
      },
    )
  }
  const readStream = (stream: StreamName, options: ReadStreamOptions = {}): AsyncIterable<RecordedEvent> => {
    let rest = options
    return read(
      () => (rest.limit === 0 || (rest.from ?? 0) < 0 ? nothing() : store.readStream(stream, rest)),
      ({ revision }) => {
        const from = revision + (options.direction === 'backwards' ? -1 : 1)
        rest = { ...rest, from, ...(rest.limit === undefined ? {} : { limit: rest.limit - 1 }) }
      },
    )
  }
  return { ...store, readAll, readStream }
}

async function* nothing(): AsyncGenerator<never> {}
