import { JOURNAL_REASONS } from '../journal/entry.ts'
import type { JournalFigures } from '../journal/reader.ts'
import { costingLittle } from './costingLittle.ts'
import { Gauge, type Registry } from './prometheus.ts'

const NOTHING: JournalFigures = { reasons: [], oldestOpen: null }

/** What waits in the journal for the operator: every reason is there from the start. */
export const gaugeJournal = (registry: Registry, figures: () => JournalFigures): void => {
  const cheaply = costingLittle(figures)
  new Gauge({
    name: 'kyc_journal_deliveries',
    help: 'Deliveries in the journal, by why they were not appended and whether they are done',
    labelNames: ['reason', 'state'],
    registers: [registry],
    // It is the first of the three to be collected, and collects for all.
    collect() {
      const { reasons, oldestOpen } = cheaply() ?? NOTHING
      for (const reason of JOURNAL_REASONS) {
        const { open = 0, done = 0 } = reasons.find((one) => one.reason === reason) ?? {}
        this.set({ reason, state: 'open' }, open)
        this.set({ reason, state: 'done' }, done)
      }
      bytes.set(reasons.reduce((sum, one) => sum + one.bytes, 0))
      oldest.set(oldestOpen === null ? 0 : Date.parse(oldestOpen) / 1000)
    },
  })
  const bytes = new Gauge({
    name: 'kyc_journal_bytes',
    help: 'Size of the bodies in the journal',
    registers: [registry],
  })
  const oldest = new Gauge({
    name: 'kyc_journal_oldest_timestamp_seconds',
    help: 'When the oldest delivery in the journal that is not done last came, 0 if there is none',
    registers: [registry],
  })
}
