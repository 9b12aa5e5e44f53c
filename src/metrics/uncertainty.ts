import type { AnomalyKind } from '../../domain/state/anomaly.ts'
import { costingLittle } from './costingLittle.ts'
import { Counter, Gauge, type Registry } from './prometheus.ts'

/** Questions about users whose events could not be read or folded. */
export const countUncertain = (registry: Registry): Counter<'kind'> => {
  const uncertain = new Counter({
    name: 'kyc_uncertain_answers_total',
    help: 'Questions that could not be answered for certain: events of the user cannot be read or folded, or were altered',
    labelNames: ['kind'],
    registers: [registry],
  })
  const kinds = ['unreadable-event', 'event-altered', 'history-damaged', 'history-removed', 'not-as-sealed'] as const
  for (const kind of kinds) uncertain.inc({ kind }, 0)
  return uncertain
}

/** Why nothing may be certain about a user. */
const UNCERTAINTIES = [
  'unreadable-event',
  'event-altered',
  'history-damaged',
  'history-incomplete',
  'history-removed',
  'not-as-sealed',
] as const satisfies readonly AnomalyKind[]

/** How many users are `unknown` because their history cannot be read, or not whole; nothing while that cannot be told. */
export const gaugeUncertain = (registry: Registry, count: (kind: AnomalyKind) => number | null): void => {
  const counted = UNCERTAINTIES.map((kind) => ({ kind, users: costingLittle(() => count(kind)) }))
  new Gauge({
    name: 'kyc_users_uncertain',
    help: 'Users about whom nothing is certain, by why',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      for (const { kind, users } of counted) {
        const number = users()
        if (number !== null) this.set({ kind }, number)
      }
    },
  })
}
