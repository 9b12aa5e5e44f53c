import { Counter, type Registry } from './prometheus.ts'

/** Erasures that this node has brought to their end. */
export const countErasures = (registry: Registry): Counter =>
  new Counter({
    name: 'kyc_erasures_completed_total',
    help: 'Erasures that this node has brought to their end',
    registers: [registry],
  })
