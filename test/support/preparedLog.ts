import { writingLog } from './logs.ts'
import { right } from './right.ts'
import { storedEvent, userId } from './storedEvents.ts'

const FIRST_USER = 700_000

export const preparedUser = (index: number): string => String(FIRST_USER + index)

/**
 * Writes an event log into `directory`, as a service would have: for each user in turn, so many events (an even
 * number), requests and validations in turn. Gives the last position.
 */
export const prepareLog = (directory: string, users: number, eventsEach: number): Promise<string> =>
  writingLog(directory, async (store) => {
    let last = ''
    for (let index = 0; index < users; index++) {
      const user = preparedUser(index)
      const events = Array.from({ length: eventsEach }, (_, revision) => {
        const kycReview = revision % 2 === 0 ? '1' : '2'
        const { eventId, data, metadata } = storedEvent(
          {
            webhook: 'user.update',
            webhook_id: `${user}-${revision}`,
            webhook_created_at: 17194724399020 + revision * 10_000,
            object: 'user',
            object_id: user,
            object_payload: { users: [{ userId: user, kycReview, kycLevel: '2', userTag: `${revision}` }] },
          },
          { user: userId(user), revision, receivedAt: '2025-01-01T00:00:00Z' },
        )
        return { eventId, type: 'user.update', data, metadata }
      })
      last = right(await store.append(`kyc-${user}`, 'no-stream', events)()).position
    }
    return last
  })
