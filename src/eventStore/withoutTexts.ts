import type { RecordedEvent } from './recordedEvent.ts'

/** An event as it is given to whoever has spared its texts. */
export const withoutTexts = ({
  eventId,
  type,
  stream,
  revision,
  position,
}: Omit<RecordedEvent, 'data' | 'metadata'>): RecordedEvent => ({
  eventId,
  type,
  data: '',
  metadata: '',
  stream,
  revision,
  position,
  isBare: true,
})
