import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import type { JournalFigures } from '../journal/reader.ts'
import type { Readiness } from '../readiness/readiness.ts'
import { countAccesses } from './accesses.ts'
import { countDeliveries } from './deliveryOutcomes.ts'
import { gaugeJournal } from './journalGauges.ts'
import { gaugeReadiness } from './readinessGauges.ts'
import { countUncertain } from './uncertainty.ts'
import { countUnreadable } from './unreadableRequests.ts'

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
  /** Answers in the read model that were not the ones that were folded. */
  readonly answersAltered: Counter
  /** Reads of persons' data that were recorded, by what was read. */
  readonly accesses: Counter<'read'>
  /** Reads that were refused, because they could not be recorded. */
  readonly accessesRefused: Counter
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
  gaugeReadiness(registry, readiness)
  const deliveries = countDeliveries(registry)
  const unreadable = countUnreadable(registry)
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
  gaugeJournal(registry, journal)
  new Counter({
    name: 'kyc_log_lines_dropped_total',
    help: 'Lines of the log that nobody read in time',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(logLinesDropped())
    },
  })
  const answersAltered = new Counter({
    name: 'kyc_answers_altered_total',
    help: 'Answers in the read model that were altered there: told by the log instead, and folded anew',
    registers: [registry],
  })
  const uncertain = countUncertain(registry)
  const { accesses, accessesRefused } = countAccesses(registry)
  return {
    registry,
    accesses,
    accessesRefused,
    answersAltered,
    deliveries,
    unreadable,
    unattributed,
    unread,
    uncertain,
  }
}
