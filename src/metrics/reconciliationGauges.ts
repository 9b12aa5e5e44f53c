import { counterOf, gaugeOf, gaugesOf } from './gauges.ts'
import type { Registry } from './prometheus.ts'

/** How it stands with asking the provider; times in seconds since 1970. */
export interface ReconciliationFigures {
  readonly checked: number
  readonly recorded: number
  readonly released: number
  readonly failed: number
  readonly runsFailed: number
  readonly hasLease: boolean
  readonly completedAt: Readonly<Record<string, number>>
  /** When the last period of the schedule began in which the provider could be asked, on whichever node; 0 before any. */
  readonly scheduledAt: number
}

/** `everySeconds`: how often the schedule asks about suspects; 0: never. */
export const gaugeReconciliations = (
  registry: Registry,
  everySeconds: number,
  figures: () => ReconciliationFigures,
): void => {
  const counter = (name: string, help: string, value: (now: ReconciliationFigures) => number): void =>
    counterOf(registry, `kyc_reconciliation_${name}_total`, help, () => value(figures()))
  counter('checked', 'Users who were held against what the provider says of them', ({ checked }) => checked)
  counter(
    'recorded',
    'Users of whom the provider said something that was not known, and is recorded',
    (now) => now.recorded,
  )
  counter('released', 'Users of whom the provider confirmed a success that was held back', ({ released }) => released)
  counter('failed', 'Users of whom nothing could be learned of the provider', ({ failed }) => failed)
  counter('runs_failed', 'Runs that did not come to their end', ({ runsFailed }) => runsFailed)
  gaugesOf(
    registry,
    {
      name: 'kyc_reconciliation_last_complete_timestamp_seconds',
      help: 'When the last run of this node came to its end, by what it did',
      label: 'work',
    },
    () => figures().completedAt,
  )
  gaugeOf(registry, 'kyc_reconciliation_lease', 'Whether this node is the one that asks the provider', () =>
    figures().hasLease ? 1 : 0,
  )
  gaugeOf(
    registry,
    'kyc_reconciliation_scheduled_timestamp_seconds',
    'When the schedule last had suspects asked about, on whichever node, as this one last saw it; 0 before any',
    () => figures().scheduledAt,
  )
  gaugeOf(
    registry,
    'kyc_reconciliation_period_seconds',
    'How often the provider is asked about suspects (RECONCILE_EVERY), 0 if by hand alone',
    () => everySeconds,
  )
}
