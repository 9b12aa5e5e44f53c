import type {
  AllStreamSubscription,
  Position as ClientPosition,
  ResolvedEvent,
  StreamingRead,
} from '@eventstore/db-client'
import type { Position, RecordedEvent, StreamName } from '../../recordedEvent.ts'
import { positionOf } from '../stored/position.ts'
import { revisionOf } from '../stored/revision.ts'
import { asRecorded } from '../stored/storedEvent.ts'
import { METADATA_OF, type StreamNames } from '../stored/streamNames.ts'

/** What comes out of a read or a subscription, in its order. */
export type Arrival =
  | { readonly _tag: 'Event'; readonly event: RecordedEvent }
  /** The stream was deleted, or its metadata was written: it may show less than before, or more again. */
  | { readonly _tag: 'Altered'; readonly stream: StreamName; readonly position: Position }
  /** Everything up to here has been looked at; nothing since the last event was ours. */
  | { readonly _tag: 'Checkpoint'; readonly position: Position }
  | { readonly _tag: 'CaughtUp' }
  | { readonly _tag: 'FellBehind' }

export interface Arrivals {
  /**
   * What has arrived and was not taken yet, once there is something. Null at the end; nothing when nothing came within
   * `milliseconds` or `signal` aborted. Throws the client's error.
   */
  readonly next: (milliseconds: number, signal?: AbortSignal) => Promise<readonly Arrival[] | null>
  /** Whether more has arrived than was taken. */
  readonly more: () => boolean
  readonly stop: () => void
}

/** So many events, or UTF-16 units of text, wait at most before the stream is held back. */
const MOST_EVENTS = 500
const MOST_UNITS = 4 * 1024 * 1024

/** The position before the first event, which the server writes as the largest number there is. */
const NO_PLACE = 2n ** 63n

type ClientStream = StreamingRead<ResolvedEvent> | AllStreamSubscription

/** What an event of the server's own or of this service says; `null` of any other. */
const arrivalOf = (event: NonNullable<ResolvedEvent['event']>, names: StreamNames): Arrival | null => {
  const { streamId } = event
  const position = positionOf(event.position ?? { commit: 0n, prepare: 0n })
  if (streamId.startsWith(names.metadataPrefix)) {
    return { _tag: 'Altered', stream: names.named(streamId.slice(METADATA_OF.length)), position }
  }
  if (!streamId.startsWith(names.prefix)) return null
  // A tombstone stands at a revision that is none.
  if (revisionOf(event.revision) === null) return { _tag: 'Altered', stream: names.named(streamId), position }
  return { _tag: 'Event', event: asRecorded(event, names) }
}

/** Gathers this service's events from a stream of the client. It is listened to until `stop`, so that no late error of it goes unheard. */
const gather = (stream: ClientStream, names: StreamNames, cancel: () => Promise<unknown>) => {
  let queue: Arrival[] = []
  let units = 0
  let given = 0
  /** Signs that came while events before them were still held back inside the stream. */
  let later: { readonly after: number; readonly arrival: Arrival }[] = []
  let outcome: { readonly error: unknown } | 'ended' | null = null
  let wake = (): void => undefined

  const push = (arrival: Arrival): void => {
    queue.push(arrival)
    wake()
  }
  const sign = (arrival: Arrival): void => {
    const after = given + stream.readableLength
    if (after === given) push(arrival)
    else later.push({ after, arrival })
  }
  const settle = (result: NonNullable<typeof outcome>): void => {
    outcome ??= result
    wake()
  }

  stream.on('data', ({ event }: ResolvedEvent) => {
    given += 1
    const arrival = event === undefined ? null : arrivalOf(event, names)
    if (arrival?._tag === 'Event') units += arrival.event.data.length + arrival.event.metadata.length
    if (arrival !== null) push(arrival)
    for (const due of later.filter(({ after }) => after <= given)) push(due.arrival)
    later = later.filter(({ after }) => after > given)
    if (queue.length >= MOST_EVENTS || units >= MOST_UNITS) stream.pause()
  })
  stream.on('end', () => settle('ended'))
  stream.on('error', (error: unknown) => settle({ error }))
  stream.on('close', () => settle({ error: new Error('the stream was closed') }))

  const arrived = (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        wake = () => undefined
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      if (signal?.aborted) return done()
      signal?.addEventListener('abort', done)
      wake = done
    })

  const arrivals: Arrivals = {
    next: async (milliseconds, signal) => {
      if (queue.length === 0 && outcome === null) await arrived(milliseconds, signal)
      if (queue.length === 0 && outcome !== null) {
        if (outcome === 'ended') return null
        throw outcome.error
      }
      const taken = queue
      queue = []
      units = 0
      if (stream.isPaused()) stream.resume()
      return taken
    },
    more: () => queue.length > 0 || stream.readableLength > 0,
    stop: () => {
      settle('ended')
      stream.destroy()
      cancel().catch(() => undefined)
    },
  }
  return { arrivals, sign }
}

/** Gathers what a read gives. */
export const gatherRead = (read: StreamingRead<ResolvedEvent>, names: StreamNames): Arrivals =>
  gather(read, names, () => read.cancel()).arrivals

/** Gathers what a filtered subscription gives; `subscribe` is handed the function to tell checkpoints to. */
export const gatherSubscription = (
  subscribe: (checkpointReached: (place: ClientPosition) => void) => AllStreamSubscription,
  names: StreamNames,
): Arrivals => {
  let sign: (arrival: Arrival) => void = () => undefined
  const subscription = subscribe((place) => {
    if (place.commit < NO_PLACE) sign({ _tag: 'Checkpoint', position: positionOf(place) })
  })
  const gathered = gather(subscription, names, () => subscription.unsubscribe())
  sign = gathered.sign
  subscription.on('caughtUp', () => sign({ _tag: 'CaughtUp' }))
  subscription.on('fellBehind', () => sign({ _tag: 'FellBehind' }))
  return gathered.arrivals
}
