import { type Instant, minutes } from '../../domain/instant.ts'
import type { Clock } from '../clock/clock.ts'
import type { RetentionFigures } from '../readModel/database/retentionReader.ts'
import { costingLittle } from './costingLittle.ts'
import { Gauge, type Registry } from './prometheus.ts'

/** So long after they are due users count as overdue: 30 days. */
const OVERDUE = minutes(30 * 24 * 60)

/** What counts the users who are due; `null` while that cannot be told. */
type Figures = () => { readonly retentionFigures: (now: Instant, overdueAt: Instant) => RetentionFigures } | null

/**
 * How many users are due to go, how many are still there long after, how many a legal hold keeps, and how many were erased; nothing
 * while that cannot be told.
 */
export const gaugeRetention = (registry: Registry, now: Clock, model: Figures): void => {
  const cheaply = costingLittle(() => {
    const at = now()
    return model()?.retentionFigures(at, (at - OVERDUE) as Instant) ?? null
  })
  new Gauge({
    name: 'kyc_retention_users',
    help: 'Users whose records are due to go and not held, have been so for more than 30 days, are on legal hold, or were erased',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const figures = cheaply()
      if (figures === null) return
      this.set({ state: 'due' }, figures.due)
      this.set({ state: 'overdue' }, figures.overdue)
      this.set({ state: 'on-hold' }, figures.onHold)
      this.set({ state: 'erased' }, figures.erased)
    },
  })
}
