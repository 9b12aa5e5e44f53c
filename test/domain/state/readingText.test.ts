import { expect } from 'chai'
import type { HeardEvent } from '../../../domain/event/kycEvent.ts'
import type { Instant } from '../../../domain/instant.ts'
import { readHistory } from '../../../domain/state/ownHistory.ts'
import type { Reading } from '../../../domain/state/reading.ts'
import { readReadings, writeReadings } from '../../../domain/state/readingText.ts'
import { instant, recordedStream, userId } from '../../support/events/storedEvents.ts'

const ANNA = userId('101')
const TIMES = ['webhookCreatedAt', 'occurredAt', 'receivedAt', 'recordedAt'] as const

describe('the text of what events say', () => {
  it('gives each time again to the microsecond, however far it is from the others', () => {
    const webhook = {
      webhook: 'user.update',
      webhook_created_at: 1_719_472_439_902,
      object_id: ANNA,
      object_payload: { users: [{ userId: ANNA, kycReview: '2' }] },
    }
    const [reading] = readHistory(ANNA, recordedStream(ANNA, [webhook])).arrived
    const now = 1_719_472_439_902_123
    // Of years where numbers lie 8, 32 and 2 microseconds apart.
    const far = ['0001-01-01T00:00:00.123456Z', '9999-12-30T00:00:00.123456Z', '2261-07-15T00:00:00.123456Z'].map(
      instant,
    )
    for (const other of [...far, now - 1, now + 1]) {
      for (const time of TIMES) {
        const times = Object.fromEntries(TIMES.map((name) => [name, (name === time ? other : now) as Instant]))
        const event = { ...(reading as Reading).event, ...times } as HeardEvent
        const [read] = readReadings(writeReadings([{ ...(reading as Reading), event } as Reading]))
        expect(read?.event, time).to.include(times)
      }
    }
  })
})
