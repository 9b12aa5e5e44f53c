import * as E from 'fp-ts/lib/Either.js'
import { type AppendError, appendRefused, storeUnavailable } from '../../appendOutcome.ts'
import { type Failure, failureOf } from '../client/failure.ts'
import type { Connection, Session } from '../connection/connection.ts'
import { pauseAfter, TRIED_MS } from '../read/untilAnswered.ts'

/** A removal that has no answer for so long is asked for again. */
export const ANSWER_MS = 3000

export type Removed = E.Either<AppendError, void>

/** One try, after which it is known what became of the removal, or why not yet. May throw the client's error. */
type Try = (session: Session) => Promise<E.Either<Failure, Removed>>

/**
 * Tries a removal until it is known what became of it: made twice, it is the same as once. It gives up after some seconds.
 * `right` names what the user has to be given where the server denies it.
 */
export const untilRemoved = async (connection: Connection, attempt: Try, right: string): Promise<Removed> => {
  const mayWrite = (session: Session): Promise<boolean> =>
    connection.mayOtherwise(session, 'write').catch((error: unknown) => {
      connection.failed(session, failureOf(error))
      return false
    })
  const tried = async (session: Session): Promise<E.Either<Failure, Removed>> => {
    try {
      const answer = await connection.call(session, 2 * ANSWER_MS, () => attempt(session))
      if (E.isLeft(answer)) connection.failed(session, answer.left)
      return answer
    } catch (error) {
      return E.left(failureOf(error))
    }
  }

  const until = performance.now() + TRIED_MS
  for (let number = 0; performance.now() < until; number += 1) {
    const session = await connection.session(Math.min(connection.patience(), until - performance.now()))
    if (session === null) break
    const answer = await tried(session)
    if (E.isRight(answer)) return answer.right
    const { left } = answer
    if (left._tag === 'Refused') return E.left(appendRefused(left.reason))
    // Who may not even append any more has lost more than the right to remove.
    if (left._tag === 'Denied' && (await mayWrite(session))) {
      return E.left(appendRefused(`the event store denies it: give the service's user the right ${right}`))
    }
    await pauseAfter(number)
  }
  return E.left(storeUnavailable(connection.reason()))
}
