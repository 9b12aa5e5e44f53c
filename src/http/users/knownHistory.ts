import { setTimeout as delay } from 'node:timers/promises'
import type { Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { knownBy, readTimes, type Times } from '../../../domain/answer/question.ts'
import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Instant } from '../../../domain/instant.ts'
import { foldHistory } from '../../../domain/state/fold.ts'
import { type OwnHistory, readHistory } from '../../../domain/state/ownHistory.ts'
import type { UserEvents } from '../../readModel/userEvents.ts'
import { unavailable } from '../problem.ts'
import { ownReader } from './ownReader.ts'
import type { Sources } from './sources.ts'

/** What had been recorded of a user by a time. */
export interface KnownHistory extends UserEvents {
  /** His own stream, read. */
  readonly history: OwnHistory
}

/** `null` where nothing was known of the user. With `asOf` it holds what is folded for that, of his own stream perhaps no more. */
export const knownHistory = async (
  userId: UserId,
  { own, orphans }: UserEvents,
  knownAt: Instant | null,
  corrections: readonly ReceiptCorrection[],
  asOf: Instant | null = null,
): Promise<KnownHistory | null> => {
  const { readOwn, history: historyOf, historyBy } = ownReader(corrections)
  // What is whose, and known when, is decided by events of any time.
  const isByAsOf = asOf !== null && knownAt === null && orphans.length === 0
  const whole = await (isByAsOf ? historyBy(own, userId, asOf) : historyOf(own, userId))
  const times: Times = (event) => {
    const read = readOwn(event, userId)
    return E.isRight(read) ? read.right.event : null
  }
  const known = { own: knownBy(own, knownAt, times), orphans: knownBy(orphans, knownAt, readTimes(corrections)) }
  const history = known.own === own ? whole : readHistory(userId, known.own, readOwn)
  const isNobody = known.own.length === 0 && foldHistory(userId, history, known.orphans, { corrections }).events === 0
  return isNobody ? null : { ...known, history }
}

const MILLISECOND_WAITS = 50

/**
 * Waits until the millisecond of `knownAt` is over: until then more may come to be known in it. `false`, after 503 was answered, where
 * it does not end.
 */
export const isOver = async (
  { now }: Pick<Sources, 'now'>,
  res: Response,
  knownAt: Instant | null,
): Promise<boolean> => {
  for (let waited = 0; knownAt !== null && knownAt >= now(); waited++) {
    if (waited === MILLISECOND_WAITS) {
      unavailable(res, 'clock-stands-still', 'the clock stands still', 1)
      return false
    }
    await delay(1)
  }
  return true
}
