import { randomUUID } from 'node:crypto'
import type { NewEvent, StreamName } from '../../../src/eventStore/recordedEvent.ts'

/** An event with an id of its own; `fields` replaces what a test cares about. */
export const newEvent = (fields: Partial<NewEvent> = {}): NewEvent => ({
  eventId: randomUUID(),
  type: 'user.kycreview',
  data: '{"webhook":"user.kycreview"}',
  metadata: '{"format":1}',
  ...fields,
})

export const newEvents = (count: number): readonly NewEvent[] => Array.from({ length: count }, () => newEvent())

/** A stream no other test has used. */
export const newStream = (): StreamName => `kyc-${randomUUID()}`
