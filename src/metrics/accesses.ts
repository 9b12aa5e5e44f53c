import { ACCESS_KINDS } from '../ledger/accessEvent.ts'
import { Counter, type Registry } from './prometheus.ts'

/** Reads of persons' data: those that were recorded, and those that were refused because they could not be. */
export const countAccesses = (
  registry: Registry,
): { readonly accesses: Counter<'read'>; readonly accessesRefused: Counter } => {
  const accesses = new Counter({
    name: 'kyc_accesses_total',
    help: "Reads of persons' data that were recorded, by what was read",
    labelNames: ['read'],
    registers: [registry],
  })
  for (const read of ACCESS_KINDS) accesses.inc({ read }, 0)
  const accessesRefused = new Counter({
    name: 'kyc_accesses_refused_total',
    help: "Reads of persons' data that were refused, because they could not be recorded",
    registers: [registry],
  })
  return { accesses, accessesRefused }
}
