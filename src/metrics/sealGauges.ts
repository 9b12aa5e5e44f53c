import type { Sealing } from '../sealing/sealing.ts'
import type { SealingState } from '../sealing/words.ts'
import { Gauge, type Registry } from './prometheus.ts'

const STATES: Readonly<Record<SealingState, true>> = {
  off: true,
  'catching up': true,
  sealing: true,
  'no key': true,
  'another key': true,
  contradicted: true,
  'log damaged': true,
}

/** How the log is sealed. */
export const gaugeSeals = (registry: Registry, { state, size, sealedAt, latest, witnesses }: Sealing): void => {
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value())
      },
    })
  }
  new Gauge({
    name: 'kyc_seals_state',
    help: 'Whether the log is sealed: 1 for the state that holds',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const now = state()
      for (const one of Object.keys(STATES)) this.set({ state: one }, one === now ? 1 : 0)
    },
  })
  new Gauge({
    name: 'kyc_witness_agreed_timestamp_seconds',
    help: 'When each witness last cosigned a checkpoint, 0 if it has not since the start',
    labelNames: ['witness'],
    registers: [registry],
    collect() {
      for (const [witness, at] of witnesses()) this.set({ witness }, at)
    },
  })
  gauge('kyc_tree_events', 'Events that the tree over the log holds', size)
  gauge('kyc_sealed_events', 'Events that the newest checkpoint covers', () => latest()?.size ?? 0)
  gauge('kyc_sealed_timestamp_seconds', 'When the newest checkpoint was recorded, 0 if there is none', sealedAt)
}
