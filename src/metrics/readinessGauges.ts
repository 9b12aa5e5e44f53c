import type { ClockFault } from '../clock/nodeClock.ts'
import type { Readiness } from '../readiness/readiness.ts'
import { gaugesOf } from './gauges.ts'
import { Gauge, type Registry } from './prometheus.ts'

const CLOCK_FAULTS = ['behind', 'leapt', 'skewed'] as const satisfies readonly ClockFault['clock'][]

/** Whether the service is ready, and each part that this rests on. */
export const gaugeReadiness = (registry: Registry, readiness: () => Readiness): void => {
  const gauge = (name: string, help: string, holds: (now: Readiness) => boolean): void => {
    new Gauge({
      name,
      help: `${help}: 1 or 0`,
      registers: [registry],
      collect() {
        this.set(holds(readiness()) ? 1 : 0)
      },
    })
  }
  gauge('kyc_ready', 'Whether the service is ready', ({ ready }) => ready)
  gauge('kyc_event_store_up', 'Whether the event store answers', ({ eventStore }) => eventStore === 'up')
  gauge('kyc_clock_right', 'Whether the clock of the node is believed', ({ clock }) => clock === 'right')
  gaugesOf(
    registry,
    { name: 'kyc_clock_fault', help: 'What is wrong with the clock of the node: 1 for what is', label: 'clock' },
    () => {
      const { clock } = readiness()
      return Object.fromEntries(CLOCK_FAULTS.map((fault) => [fault, fault === clock ? 1 : 0]))
    },
  )
  gauge('kyc_journal_up', 'Whether the journal can be written', ({ journal }) => journal === 'up')
  gauge('kyc_subscription_up', 'Whether the read model follows the log', ({ subscription }) => subscription === 'up')
  gauge('kyc_read_model_caught_up', 'Whether the read model keeps up', ({ readModel }) => readModel === 'caught up')
}
