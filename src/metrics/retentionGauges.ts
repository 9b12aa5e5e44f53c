import { Gauge, type Registry } from 'prom-client'
import { type Instant, minutes } from '../../domain/instant.ts'
import type { Clock } from '../clock/clock.ts'
import type { RetentionFigures } from '../readModel/database/retentionReader.ts'

/** So long after they are due users count as overdue: 30 days. */
const OVERDUE = minutes(30 * 24 * 60)

/** What counts the users who are due; `null` while that cannot be told. */
type Figures = () => { readonly retentionFigures: (now: Instant, overdueAt: Instant) => RetentionFigures } | null

/** How many users are due to go, how many are still there long after, how many a legal hold keeps, and how many were erased; nothing while that cannot be told. */
export const gaugeRetention = (registry: Registry, now: Clock, model: Figures): void => {
  const figures = (): RetentionFigures | null => {
    const at = now()
    return model()?.retentionFigures(at, (at - OVERDUE) as Instant) ?? null
  }
  const gauge = (name: string, help: string, value: (figures: RetentionFigures) => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const told = figures()
        if (told !== null) this.set(value(told))
      },
    })
  }
  gauge('kyc_retention_due_users', 'Users whose records are due to go, and whom no legal hold keeps', ({ due }) => due)
  gauge(
    'kyc_retention_overdue_users',
    'Those of them who have been due for more than 30 days',
    ({ overdue }) => overdue,
  )
  gauge('kyc_retention_erased_users', 'Users whose records were erased', ({ erased }) => erased)
  gauge('kyc_retention_on_hold_users', 'Users whose records a legal hold keeps', ({ onHold }) => onHold)
}
