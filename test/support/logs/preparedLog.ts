import type { NewEvent } from '../../../src/eventStore/recordedEvent.ts'
import { storedEvent, userId } from '../events/storedEvents.ts'
import { right } from '../right.ts'
import { writingLog } from './logs.ts'

const FIRST_USER = 700_000

export const preparedUser = (index: number): string => String(FIRST_USER + index)

/** An event of a user at a revision: requests and validations in turn, the one that is `said` in that place. */
export const preparedEvent = (user: string, revision: number, said: number = revision): NewEvent => {
  const { eventId, data, metadata } = storedEvent(
    {
      webhook: 'user.update',
      webhook_id: `${user}-${said}`,
      webhook_created_at: 17194724399020 + said * 10_000,
      object: 'user',
      object_id: user,
      object_payload: {
        users: [{ userId: user, kycReview: said % 2 === 0 ? '1' : '2', kycLevel: '2', userTag: `${said}` }],
      },
    },
    { user: userId(user), revision, receivedAt: '2025-01-01T00:00:00Z' },
  )
  return { eventId, type: 'user.update', data, metadata }
}

/**
 * Writes an event log into `directory`, as a service would have: for each user in turn, so many events (an even
 * number), requests and validations in turn. Gives the last position.
 */
export const prepareLog = (directory: string, users: number, eventsEach: number): Promise<string> =>
  writingLog(directory, async (store) => {
    let last = ''
    for (let index = 0; index < users; index++) {
      const user = preparedUser(index)
      const events = Array.from({ length: eventsEach }, (_, revision) => preparedEvent(user, revision))
      last = right(await store.append(`kyc-${user}`, 'no-stream', events)()).position
    }
    return last
  })
