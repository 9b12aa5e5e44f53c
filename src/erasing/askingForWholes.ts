import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { Ground } from '../../domain/retention/ground.ts'
import type { Actor, ErasureEvent } from '../ledger/erasures.ts'
import type { AppendErasures } from './appendErasures.ts'
import type { Judging } from './judging.ts'
import type { KnownErasures } from './knownErasures.ts'

/** So many users at a time: the next look finds the others. */
const TOGETHER = 250
const BY: Actor = { policy: 'automatic' }
const REASON = 'a webhook that speaks of this erased user stood whole'

/**
 * Has webhooks go that stand whole and speak of users who are erased: the delivery of one was cut short before the part of the user was
 * appended, or another node appended it in the moment in which he was erased. Nobody is asked: that he goes was decided. Gives the
 * numbers of the erasures. Throws where the read model has not come to the end of the log, and where nothing could be recorded.
 */
export const askForWholes = async (
  { erased, courses }: Pick<KnownErasures, 'erased' | 'courses'>,
  append: AppendErasures,
  { erasedInWholes, wholesAbout }: Pick<Judging, 'erasedInWholes' | 'wholesAbout'>,
): Promise<readonly number[]> => {
  // The read model may not have come to the record of one yet.
  const left = (userId: UserId): readonly { readonly userId: UserId; readonly ground: Ground }[] => {
    const ground = erased.users.get(userId)?.ground
    const isLeft = courses.openOf(userId) === undefined && wholesAbout(userId).some((one) => !erased.hasStream(one))
    return isLeft && ground !== undefined ? [{ userId, ground }] : []
  }
  const users = erasedInWholes(TOGETHER).filter((userId) => left(userId).length > 0)
  if (users.length === 0) return []
  let asked: readonly number[] = []
  const appended = await append<never>((_, next) => {
    const events = users.flatMap(left).flatMap(({ userId, ground }, at): readonly ErasureEvent[] => [
      { _tag: 'Requested', userId, reason: REASON, ground, by: BY },
      { _tag: 'Confirmed', erasure: next + 2 * at, by: BY },
    ])
    asked = events.flatMap(({ _tag }, at) => (_tag === 'Requested' ? [next + at] : []))
    return E.right(events)
  })
  if (E.isLeft(appended)) throw new Error(appended.left.reason)
  return asked
}
