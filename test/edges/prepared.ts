import { eventsOf } from '../../bench/preparedLog.ts'
import { delivery, STORY_LENGTH } from '../../bench/webhooks.ts'
import type { NewEvent } from '../../src/eventStore/recordedEvent.ts'

const DAY_MS = 86_400_000
const AGES_MS = 30 * DAY_MS
/** A million of them lie in three weeks. */
const APART_MS = 2000

/** When the histories begin: in whole seconds, and so that the largest is over by now. */
export const BEGAN = Math.floor((Date.now() - AGES_MS) / 1000) * 1000

/** The body of a user's delivery `index`: each says what no other says, and happened after all of those before it. */
export const bodyOf = (user: number, index: number, began: number = BEGAN): string =>
  delivery(user, index % STORY_LENGTH, { chapter: Math.floor(index / STORY_LENGTH) }).replace(
    /"webhook_created_at":\d+/,
    `"webhook_created_at":${(began + index * APART_MS) * 10}`,
  )

/** His events from one index to before another, as the service writes them. */
export const eventsBetween = (user: number, from: number, to: number): Promise<readonly NewEvent[]> =>
  eventsOf(Array.from({ length: to - from }, (_, index) => bodyOf(user, from + index)))

/** Users with one event each, the first of their story. */
const FIRST_USER = 10_000_000

export const userAt = (index: number): number => FIRST_USER + index

/** The one event of users from one index to before another. */
export const firstOfEach = async (
  from: number,
  to: number,
): Promise<readonly { readonly user: number; readonly event: NewEvent }[]> => {
  const users = Array.from({ length: to - from }, (_, index) => userAt(from + index))
  const events = await eventsOf(users.map((user) => delivery(user, 0)))
  return events.map((event, index) => ({ user: users[index] ?? 0, event }))
}
