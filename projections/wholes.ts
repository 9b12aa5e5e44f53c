import * as E from 'fp-ts/lib/Either.js'
import { readEvent } from '../domain/event/kycEvent.ts'
import type { StoredEvent } from '../domain/event/storedEvent.ts'
import type { UserId } from '../domain/identifiers.ts'
import { spokenOf } from '../domain/treezor/division.ts'

/** The users of whom a webhook speaks that stands whole; none of one that cannot be read, or was altered. */
export const usersOfWhole = (whole: StoredEvent): readonly UserId[] => {
  const read = readEvent(whole)
  return E.isLeft(read) ? [] : spokenOf(read.right.interpretation).filter((userId) => userId !== null)
}
