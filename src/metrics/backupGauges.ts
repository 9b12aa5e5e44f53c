import { type BackupFailure, FAILURES } from '../backup/failure.ts'
import type { BackupTries } from '../backup/kept/tries.ts'
import { Counter, Gauge, type Registry } from './prometheus.ts'

/** How it stands with backups. */
export interface BackupFigures {
  readonly tries: () => BackupTries
  /** How often a good one is to be made; 0: the service makes none. */
  readonly everySeconds: number
  /** How many good ones are kept. */
  readonly kept: () => number
}

/** Counts failures, and tells how old the last good backup is. Of what a command does beside the service all but the failures are told. */
export const gaugeBackups = (
  registry: Registry,
  { tries, everySeconds, kept }: BackupFigures,
): { readonly failed: (failure: BackupFailure) => void } => {
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name: `kyc_backup_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value())
      },
    })
  }
  gauge(
    'last_success_timestamp_seconds',
    'Up to when the newest backup that was verified holds the log, 0 if there is none',
    () => tries().good?.madeAt ?? 0,
  )
  gauge('last_size_bytes', 'Bytes of the newest backup that was verified', () => tries().good?.bytes ?? 0)
  gauge('last_try_timestamp_seconds', 'When a backup was last tried, 0 if never', () => tries().last?.at ?? 0)
  gauge(
    'last_duration_seconds',
    'How long the last try at a backup took, verifying included',
    () => tries().last?.seconds ?? 0,
  )
  gauge(
    'period_seconds',
    'How often the service is to make a backup (BACKUP_EVERY), 0 if it makes none',
    () => everySeconds,
  )
  gauge('kept', 'Backups of the schedule that were verified and are kept', kept)
  const failures = new Counter({
    name: 'kyc_backup_failures_total',
    help: 'Tries of the schedule at a backup that came to no good one, by reason',
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of FAILURES) failures.inc({ reason }, 0)
  return { failed: (reason) => failures.inc({ reason }) }
}
