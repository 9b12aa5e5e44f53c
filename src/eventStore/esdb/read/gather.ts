import type { AllStreamSubscription, ResolvedEvent, StreamingRead } from '@eventstore/db-client'
import type { StreamNames } from '../stored/streamNames.ts'
import { type Arrival, arrivalOf } from './arrival.ts'

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

type ClientStream = StreamingRead<ResolvedEvent> | AllStreamSubscription

interface Gathered {
  readonly arrivals: Arrivals
  /** Puts in what the client says beside the events, behind those that had come before. */
  readonly sign: (arrival: Arrival) => void
}

/**
 * Gathers this service's events from a stream of the client, which `cancel` ends. It is listened to until `stop`, so that no
 * late error of it goes unheard.
 */
export const gather = (stream: ClientStream, names: StreamNames, cancel: () => Promise<unknown>): Gathered => {
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
