import { STATUSES } from '../../domain/answer/status.ts'
import { ANOMALY_KINDS } from '../../domain/state/anomaly.ts'
import { KINDS_OF_NOBODY } from '../../projections/unattributed.ts'
import type { Clock } from '../clock/clock.ts'
import type { ReadModelReader } from '../readModel/database/reader.ts'
import { costingLittle } from './costingLittle.ts'
import { gaugeOf, gaugesOf } from './gauges.ts'
import type { Registry } from './prometheus.ts'

type Counting = Pick<
  ReadModelReader,
  'usersByStatus' | 'usersByAnomaly' | 'unattributedByKind' | 'oldestPending' | 'usersByDrift'
>

const withZeros = (words: readonly string[], numbers: Readonly<Record<string, number>>): Record<string, number> => ({
  ...Object.fromEntries(words.map((word) => [word, 0])),
  ...numbers,
})

/**
 * How users stand. `model` gives `null` while the read model has not caught up: then nothing is told.
 *
 * @param driftAfter in microseconds
 */
export const gaugeUsers = (registry: Registry, now: Clock, driftAfter: number, model: () => Counting | null): void => {
  const told = (words: readonly string[], numbers: (reader: Counting) => Readonly<Record<string, number>>) =>
    costingLittle(() => {
      const reader = model()
      return reader === null ? null : withZeros(words, numbers(reader))
    })
  gaugesOf(
    registry,
    { name: 'kyc_users', help: 'Users by the status that is told of them', label: 'status' },
    told(STATUSES, (reader) => reader.usersByStatus()),
  )
  gaugesOf(
    registry,
    { name: 'kyc_users_with_anomaly', help: 'Users who show an anomaly, by its kind', label: 'kind' },
    told(ANOMALY_KINDS, (reader) => reader.usersByAnomaly()),
  )
  gaugesOf(
    registry,
    { name: 'kyc_unattributed_events', help: 'Events that belong to nobody, by why', label: 'kind' },
    told(KINDS_OF_NOBODY, (reader) => reader.unattributedByKind()),
  )
  const drift = costingLittle(() => model()?.usersByDrift({ now: now(), after: driftAfter }) ?? null)
  gaugesOf(
    registry,
    {
      name: 'kyc_drift_users',
      help: 'Users of whom it looks as if a webhook never came, by how',
      label: 'kind',
    },
    drift,
  )
  gaugeOf(
    registry,
    'kyc_oldest_pending_timestamp_seconds',
    'Since when the user has been pending who has been so for longest, 0 if nobody is',
    costingLittle(() => {
      const reader = model()
      return reader === null ? null : (reader.oldestPending() ?? 0) / 1_000_000
    }),
  )
  gaugeOf(
    registry,
    'kyc_users_pending_long',
    'Users who have been pending for longer than DRIFT_AFTER (72 hours)',
    () => drift()?.['pending-long'] ?? null,
  )
}
