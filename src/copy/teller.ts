import type { EventStore } from '../eventStore/eventStore.ts'
import { patient } from '../eventStore/patientStore.ts'
import type { Position } from '../eventStore/recordedEvent.ts'

/** So often a line says how far it is. */
const TELL_EVERY_MS = 2000

export type Side = 'source' | 'target'

/** Says how far it is, and which store it waits for. */
export const teller = (doing: 'copied' | 'compared') => {
  const startedAt = performance.now()
  let waiting = false
  let toldAt = startedAt
  return {
    waits: (side: Side, reason: string): void => {
      if (!waiting) console.error(`waiting for the ${side}: ${reason}`)
      waiting = true
    },
    has: (events: number): void => {
      waiting = false
      const now = performance.now()
      if (now - toldAt < TELL_EVERY_MS) return
      toldAt = now
      const rate = Math.round(events / ((now - startedAt) / 1000))
      console.log(`${doing}: ${events} events, ${rate} events/s`)
    },
  }
}
export type Teller = ReturnType<typeof teller>

/** The log from just after `after`; a store out of reach is waited for. */
export const readPatiently = (store: EventStore, side: Side, tell: Teller, after: Position | null = null) =>
  patient(store, (reason) => tell.waits(side, reason)).readAll(after)
