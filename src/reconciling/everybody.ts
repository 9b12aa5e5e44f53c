import * as E from 'fp-ts/lib/Either.js'
import { byNumber, type UserId } from '../../domain/identifiers.ts'
import type { ProviderFailure } from '../provider/failure.ts'
import type { ProvidedUser } from '../provider/provided.ts'
import type { Provider, UsersPage } from '../provider/provider.ts'

/** Somebody whom the provider or the log knows; `screened`: what a page said of him, `null` where none showed him, or not so that it can be read. */
export interface Somebody {
  readonly userId: UserId
  readonly screened: ProvidedUser | null
}

/** What a page shows so that it is not even known whose it is; for a person. */
export interface Nobody {
  readonly userId: null
  readonly reason: string
}

/** Users of the log by ascending number, behind one of them. */
export type UsersOfLog = (after: UserId | null, limit: number) => readonly UserId[]

/** So many users of the log are looked up at a time. */
const TOGETHER = 500

/** The users of the log behind one of them, each once, as they are known when it comes to them. */
const walking = (usersOfLog: UsersOfLog, after: UserId | null) => {
  let ahead: UserId[] = []
  let last = after
  let isOver = false
  const first = (): UserId | undefined => {
    if (ahead.length === 0 && !isOver) {
      ahead = [...usersOfLog(last, TOGETHER)].reverse()
      isOver = ahead.length < TOGETHER
      last = ahead[0] ?? last
    }
    return ahead.at(-1)
  }
  return {
    /** The next one up to a user, or of all. */
    upTo: (limit: UserId | null): UserId | null => {
      const next = first()
      if (next === undefined || (limit !== null && byNumber(next, limit) > 0)) return null
      ahead.pop()
      return next
    },
  }
}

const shownIn = ({ users, unreadable }: UsersPage): readonly Somebody[] => {
  const all = new Map<UserId, ProvidedUser | null>()
  for (const { userId } of unreadable) if (userId !== null) all.set(userId, null)
  for (const user of users) all.set(user.userId, user)
  return [...all].map(([userId, screened]) => ({ userId, screened })).sort((a, b) => byNumber(a.userId, b.userId))
}

/**
 * All users behind one of them, by ascending number: those whom pages of the provider show, and those of the log whom none showed. Ends after
 * the last one, or after the first failure.
 */
export async function* everybody(
  { users }: Pick<Provider, 'users'>,
  usersOfLog: UsersOfLog,
  after: UserId | null,
  signal: AbortSignal,
): AsyncGenerator<E.Either<ProviderFailure, Somebody | Nobody>> {
  const log = walking(usersOfLog, after)
  for await (const page of users(after, signal)) {
    if (E.isLeft(page)) {
      yield page
      return
    }
    for (const { userId, reason } of page.right.unreadable) if (userId === null) yield E.right({ userId, reason })
    for (const shown of shownIn(page.right)) {
      for (let known = log.upTo(shown.userId); known !== null; known = log.upTo(shown.userId)) {
        if (known !== shown.userId) yield E.right({ userId: known, screened: null })
      }
      yield E.right(shown)
    }
  }
  for (let known = log.upTo(null); known !== null; known = log.upTo(null)) {
    yield E.right({ userId: known, screened: null })
  }
}
