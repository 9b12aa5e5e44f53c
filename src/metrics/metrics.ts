import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { AnomalyKind } from '../../domain/state/anomaly.ts'
import type { RefusedBody } from '../http/deliveries/refusedBody.ts'
import type { Readiness } from '../http/operations.ts'
import { UNREADABLE_REASONS } from '../http/unreadableRequests.ts'
import type { DeliveryOutcome } from '../ingest/receiveDelivery.ts'
import { JOURNAL_REASONS } from '../journal/entry.ts'
import type { JournalFigures } from '../journal/reader.ts'

/** What became of a delivery; `ClockWrong` where none is taken, `Failed` where the service itself did. */
export type CountedOutcome = DeliveryOutcome['_tag'] | RefusedBody | 'ClockWrong' | 'Failed'

const OUTCOMES: Readonly<Record<CountedOutcome, true>> = {
  Appended: true,
  Duplicate: true,
  Ignored: true,
  Noted: true,
  NotAWebhook: true,
  NotVerified: true,
  NotStored: true,
  TooLarge: true,
  NotDecodable: true,
  BrokenOff: true,
  ClockWrong: true,
  Failed: true,
}

export interface Metrics {
  readonly registry: Registry
  /** Deliveries by what became of them. */
  readonly deliveries: Counter<'outcome'>
  /** Requests that no handler ever saw. */
  readonly unreadable: Counter<'reason'>
  /** Verified webhooks appended to the stream of the unattributed. */
  readonly unattributed: Counter
  /** Questions about users whose events could not be read or folded. */
  readonly uncertain: Counter<'kind'>
  /** Events appended to the streams of users that cannot be read. */
  readonly unread: Counter
}

/** Metrics in the text format of Prometheus; no label holds anything of a user. */
export const openMetrics = (
  readiness: () => Readiness,
  journal: () => JournalFigures,
  logLinesDropped: () => number,
): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const gauge = (name: string, help: string, holds: (now: Readiness) => boolean): void => {
    new Gauge({
      name,
      help: `${help}: 1 or 0`,
      registers: [registry],
      collect() {
        this.set(holds(readiness()) ? 1 : 0)
      },
    })
  }
  gauge('kyc_ready', 'Whether the service is ready', ({ ready }) => ready)
  gauge('kyc_event_store_up', 'Whether the event store answers', ({ eventStore }) => eventStore === 'up')
  gauge('kyc_clock_right', 'Whether the clock of the node is believed', ({ clock }) => clock === 'right')
  gauge('kyc_journal_up', 'Whether the journal can be written', ({ journal }) => journal === 'up')
  gauge('kyc_subscription_up', 'Whether the read model follows the log', ({ subscription }) => subscription === 'up')
  gauge('kyc_read_model_caught_up', 'Whether the read model keeps up', ({ readModel }) => readModel === 'caught up')
  const deliveries = new Counter({
    name: 'kyc_deliveries_total',
    help: 'Deliveries by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  })
  // A series that is not there has no rate, and no alert on it ever fires.
  for (const outcome of Object.keys(OUTCOMES)) deliveries.inc({ outcome }, 0)
  const unreadable = new Counter({
    name: 'kyc_unreadable_requests_total',
    help: 'Requests that no handler saw, by what was wrong with them',
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of UNREADABLE_REASONS) unreadable.inc({ reason }, 0)
  const unattributed = new Counter({
    name: 'kyc_unattributed_total',
    help: 'Verified webhooks that name no user, or cannot be read yet',
    registers: [registry],
  })
  const unread = new Counter({
    name: 'kyc_unread_total',
    help: 'Events of users that this version cannot read: their status may be unknown',
    registers: [registry],
  })
  tellOfJournal(registry, journal)
  new Counter({
    name: 'kyc_log_lines_dropped_total',
    help: 'Lines of the log that nobody read in time',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(logLinesDropped())
    },
  })
  const uncertain = new Counter({
    name: 'kyc_uncertain_answers_total',
    help: 'Questions that could not be answered for certain: events of the user cannot be read or folded',
    labelNames: ['kind'],
    registers: [registry],
  })
  for (const kind of ['unreadable-event', 'history-damaged', 'history-removed'] as const) uncertain.inc({ kind }, 0)
  return { registry, deliveries, unreadable, unattributed, unread, uncertain }
}

/** Why nothing may be certain about a user. */
const UNCERTAINTIES = [
  'unreadable-event',
  'history-damaged',
  'history-incomplete',
  'history-removed',
] as const satisfies readonly AnomalyKind[]

/** How many users are `unknown` because their history cannot be read, or not whole; nothing while that cannot be told. */
export const gaugeUncertain = (registry: Registry, count: (kind: AnomalyKind) => number | null): void => {
  new Gauge({
    name: 'kyc_users_uncertain',
    help: 'Users about whom nothing is certain, by why',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      for (const kind of UNCERTAINTIES) {
        const users = count(kind)
        if (users !== null) this.set({ kind }, users)
      }
    },
  })
}

/** What waits in the journal for the operator: every reason is there from the start. */
const tellOfJournal = (registry: Registry, figures: () => JournalFigures): void => {
  new Gauge({
    name: 'kyc_journal_deliveries',
    help: 'Deliveries in the journal, by why they were not appended and whether they are done',
    labelNames: ['reason', 'state'],
    registers: [registry],
    // It is the first of the three to be collected, and collects for all.
    collect() {
      const { reasons, oldestOpen } = figures()
      for (const reason of JOURNAL_REASONS) {
        const { open = 0, done = 0 } = reasons.find((one) => one.reason === reason) ?? {}
        this.set({ reason, state: 'open' }, open)
        this.set({ reason, state: 'done' }, done)
      }
      bytes.set(reasons.reduce((sum, one) => sum + one.bytes, 0))
      oldest.set(oldestOpen === null ? 0 : Date.parse(oldestOpen) / 1000)
    },
  })
  const bytes = new Gauge({
    name: 'kyc_journal_bytes',
    help: 'Size of the bodies in the journal',
    registers: [registry],
  })
  const oldest = new Gauge({
    name: 'kyc_journal_oldest_timestamp_seconds',
    help: 'When the oldest delivery in the journal that is not done last came, 0 if there is none',
    registers: [registry],
  })
}
