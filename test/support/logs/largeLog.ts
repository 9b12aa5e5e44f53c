import type { NewEvent } from '../../../src/eventStore/recordedEvent.ts'
import { right } from '../right.ts'
import { writingLog } from './logs.ts'
import { preparedEvent } from './preparedLog.ts'

const FIRST_USER = 3_000_000
const APPENDS_AT_ONCE = 1000
/** How often a user is heard of again, all others in between. */
const ROUNDS = 4

export const largeLogUser = (index: number): string => String(FIRST_USER + index)

/** Of every tenth user the last two events arrive in the wrong order. */
const eventOf = (user: string, revision: number, events: number, isLate: boolean): NewEvent =>
  preparedEvent(user, revision, isLate && revision >= events - 2 ? 2 * events - 3 - revision : revision)

/** Writes a log of `users` times `eventsEach` (a multiple of four) events, of all users in turn, four times over. */
export const writeLargeLog = (directory: string, users: number, eventsEach: number): Promise<void> =>
  writingLog(directory, async (store) => {
    const each = eventsEach / ROUNDS
    for (let round = 0; round < ROUNDS; round++) {
      for (let first = 0; first < users; first += APPENDS_AT_ONCE) {
        const some = Array.from({ length: Math.min(APPENDS_AT_ONCE, users - first) }, (_, index) => first + index)
        const appended = some.map((index) => {
          const user = largeLogUser(index)
          const from = round * each
          const events = Array.from({ length: each }, (_, n) => eventOf(user, from + n, eventsEach, index % 10 === 0))
          return store.append(`kyc-${user}`, from === 0 ? 'no-stream' : from - 1, events)()
        })
        for (const one of await Promise.all(appended)) right(one)
      }
    }
  })
