import type { JournalFigures } from '../journal/reader.ts'
import type { Readiness } from '../readiness/readiness.ts'
import { countAccesses } from './accesses.ts'
import { countDeliveries } from './deliveryOutcomes.ts'
import { type Durations, measureDurations } from './durations.ts'
import { counterOf } from './gauges.ts'
import { gaugeJournal } from './journalGauges.ts'
import { type PerMinute, perMinute } from './perMinute.ts'
import { scraping } from './processMetrics.ts'
import { Counter, Registry } from './prometheus.ts'
import { countProviderRequests, type ProviderRequests } from './providerRequests.ts'
import { gaugeReadiness } from './readinessGauges.ts'
import { countRefusals } from './refusals.ts'
import { countUncertain } from './uncertainty.ts'
import { countUnreadable } from './unreadableRequests.ts'

export interface Metrics {
  readonly registry: Registry
  /** All of them, as text. */
  readonly scrape: () => Promise<string>
  /** How long things take. */
  readonly durations: Durations
  /** A webhook came whose signature was right. */
  readonly verified: () => void
  /** When the last one came, in seconds since 1970; `null` before the first since the start. */
  readonly lastVerified: () => number | null
  /** Deliveries by what became of them. */
  readonly deliveries: Counter<'outcome'>
  /** Deliveries that were appended. */
  readonly appended: PerMinute
  /** Requests that no handler ever saw. */
  readonly unreadable: Counter<'reason'>
  /** Connections that were ended for others. */
  readonly connectionsEnded: Counter
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
  /** Requests to the provider's API. */
  readonly providerRequests: ProviderRequests
  /** Requests that were refused because of who asked. */
  readonly refusals: Counter<'reason'>
  /** Events appended to the streams of users that cannot be read. */
  readonly unread: Counter
}

/** What is measured from the moment on when the log is opened, before there are other metrics. */
export const openDurations = (): Pick<Metrics, 'registry' | 'durations'> => {
  const registry = new Registry()
  return { registry, durations: measureDurations(registry) }
}

/** Metrics in the text format of Prometheus; no label holds anything of a user. */
export const openMetrics = (
  readiness: () => Readiness,
  journal: () => JournalFigures,
  logLinesDropped: () => number,
  { registry, durations }: Pick<Metrics, 'registry' | 'durations'> = openDurations(),
): Metrics => {
  gaugeReadiness(registry, readiness)
  const deliveries = countDeliveries(registry)
  const unreadable = countUnreadable(registry)
  const connectionsEnded = new Counter({
    name: 'kyc_connections_ended_total',
    help: 'Connections that were ended for the sake of others: to make room for them, or since more requests came over one than are answered',
    registers: [registry],
  })
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
  counterOf(registry, 'kyc_log_lines_dropped_total', 'Lines of the log that nobody read in time', logLinesDropped)
  const answersAltered = new Counter({
    name: 'kyc_answers_altered_total',
    help: 'Answers in the read model that were altered there: told by the log instead, and folded anew',
    registers: [registry],
  })
  const uncertain = countUncertain(registry)
  const { accesses, accessesRefused } = countAccesses(registry)
  let lastVerified: number | null = null
  return {
    registry,
    scrape: scraping(registry),
    durations,
    verified: () => {
      lastVerified = Date.now() / 1000
    },
    lastVerified: () => lastVerified,
    accesses,
    accessesRefused,
    appended: perMinute(),
    answersAltered,
    deliveries,
    connectionsEnded,
    providerRequests: countProviderRequests(registry),
    refusals: countRefusals(registry),
    unreadable,
    unattributed,
    unread,
    uncertain,
  }
}
