import * as E from 'fp-ts/lib/Either.js'
import { knownBy, readTimes, type Times } from '../../../domain/answer/question.ts'
import type { ReceiptCorrection } from '../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Instant } from '../../../domain/instant.ts'
import { foldHistory } from '../../../domain/state/fold.ts'
import { type OwnHistory, readHistory } from '../../../domain/state/ownHistory.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import type { UserEvents } from '../../readModel/userEvents.ts'
import { ownReader } from './ownReader.ts'

/** What had been recorded of a user by a time. */
export interface KnownHistory extends UserEvents {
  /** His own stream, read. */
  readonly history: OwnHistory
}

/** Whether nothing was known of the user: his own stream (`own`) held nothing, and of events of nobody he hears nothing. */
export const isNobody = (
  userId: UserId,
  own: readonly unknown[],
  history: OwnHistory,
  orphans: readonly RecordedEvent[],
  corrections: readonly ReceiptCorrection[],
): boolean => own.length === 0 && foldHistory(userId, history, orphans, { corrections }).events === 0

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
  return isNobody(userId, known.own, history, known.orphans, corrections) ? null : { ...known, history }
}
