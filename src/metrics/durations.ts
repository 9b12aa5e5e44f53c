import type { CountedOutcome } from './deliveryOutcomes.ts'
import { Histogram, type Registry } from './prometheus.ts'

/**
 * Upper bounds in seconds. What is measured of a healthy service lies between 0.3 ms (a status that is read) and 10 ms (a delivery, with its
 * fsync): there they are dense. The last ones are the limits that callers have: 2 s for `minPosition`, 8 s for an append.
 */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** What a delivery comes to, as far as its sender has to do something about it. */
const CLASSES = ['appended', 'known', 'passed-over', 'refused', 'failed'] as const
type OutcomeClass = (typeof CLASSES)[number]

const CLASS_OF: Readonly<Record<CountedOutcome, OutcomeClass>> = {
  Appended: 'appended',
  Duplicate: 'known',
  Erased: 'passed-over',
  Ignored: 'passed-over',
  Noted: 'passed-over',
  NotAWebhook: 'refused',
  NotVerified: 'refused',
  OverBudget: 'refused',
  NoRoom: 'refused',
  TooLarge: 'refused',
  NotDecodable: 'refused',
  BrokenOff: 'refused',
  NotStored: 'failed',
  ClockWrong: 'failed',
  Failed: 'failed',
}

/** How long things take, all in seconds. */
export interface Durations {
  /** A request, from its headers to the end of its answer; `route` is a pattern, `status` a class such as `2xx`. */
  readonly request: (method: string, route: string, status: string, seconds: number) => void
  /** A delivery, likewise; an outcome that nobody has told is one that was refused or, with a 5xx, failed. */
  readonly delivery: (outcome: CountedOutcome | null, status: number, seconds: number) => void
  /** An append to the log, until it is durable. */
  readonly append: (isAppended: boolean, seconds: number) => void
  /** A commit of the embedded log. */
  readonly commit: (seconds: number) => void
  /** From when an event was recorded until it could be read. */
  readonly projection: (seconds: number) => void
  /** By how much the event loop was late. */
  readonly eventLoop: (seconds: number) => void
}

/** Every histogram of a service. None has a label with as many values as there are users. */
export const measureDurations = (registry: Registry): Durations => {
  const histogram = <Label extends string = never>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Histogram({ name, help, labelNames, buckets: BUCKETS, registers: [registry] })
  const requests = histogram(
    'kyc_http_request_duration_seconds',
    'Requests, from their headers to the end of their answer, by pattern of the path; live answers are left out',
    ['method', 'route', 'status'],
  )
  const deliveries = histogram(
    'kyc_delivery_duration_seconds',
    'Deliveries of webhooks, from their headers to the end of their answer, by what they came to',
    ['outcome'],
  )
  const appends = histogram('kyc_append_duration_seconds', 'Appends to the log, until they are durable', ['result'])
  const commits = histogram(
    'kyc_log_commit_duration_seconds',
    'Transactions of the embedded log, each with all that waited for it, with their fsync',
  )
  const projection = histogram(
    'kyc_projection_lag_seconds',
    'From when the newest event of a batch was recorded until the read model held it',
  )
  const eventLoop = histogram('kyc_event_loop_delay_seconds', 'By how much a timer of the main thread was late')
  for (const outcome of CLASSES) deliveries.zero({ outcome })
  for (const result of ['appended', 'refused']) appends.zero({ result })
  return {
    request: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
    delivery: (outcome, status, seconds) => {
      const untold = status < 500 ? 'refused' : 'failed'
      deliveries.observe({ outcome: outcome === null ? untold : CLASS_OF[outcome] }, seconds)
    },
    append: (isAppended, seconds) => appends.observe({ result: isAppended ? 'appended' : 'refused' }, seconds),
    commit: (seconds) => commits.observe(seconds),
    projection: (seconds) => projection.observe(seconds),
    eventLoop: (seconds) => eventLoop.observe(seconds),
  }
}
