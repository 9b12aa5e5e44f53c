import type { EndPoint } from '@eventstore/db-client'
import type { ConnectionString } from '../client/connectionString.ts'
import { type Failure, failureOf } from '../client/failure.ts'
import { LacksRight, type Right } from '../client/lacksRight.ts'
import { within } from '../client/within.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import type { Connection, Session } from './connection.ts'
import { currentSession, LEAVE_MS } from './currentSession.ts'
import { healthOfServer } from './health.ts'
import { backOff, pause } from './pause.ts'
import { ping } from './ping.ts'
import { askFor } from './rights.ts'
import { fellSilent, type OpenedSession } from './session.ts'
import { waitersFor } from './waiters.ts'

/** A client that has not answered for so long is asked whether the node is there. */
const QUIET_MS = 2000
/** A node that answers at all answers a ping within this; the first one includes the search for a node. */
const PING_MS = 2000
const FIRST_PING_MS = 4000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1500

interface ConnectionOptions {
  readonly requiresLeader: boolean
  /** What the user must be allowed on the streams; that `$all` may be read is found out anyway. */
  readonly rights: readonly Right[]
  readonly names: StreamNames
}

/**
 * Keeps one working client. While the server answers, calls go through. When one fails, the client is given up and new
 * ones are tried until one answers; meanwhile whoever asks for a session waits, so that an absent server is asked by
 * one caller instead of by all.
 */
export const openConnection = (
  connectionString: ConnectionString,
  { requiresLeader, rights, names }: ConnectionOptions,
): Connection => {
  const closing = new AbortController()
  const current = currentSession(connectionString)
  const health = healthOfServer()
  const waiters = waitersFor<Session>(() => (health.isUp() ? current.get() : null), closing.signal)
  let wake = new AbortController()

  const giveUp = (session: Session, leader?: EndPoint): void => {
    if (!current.is(session)) return
    health.down()
    current.giveUp(leader)
    wake.abort()
  }

  const alive = (session: Session): void => {
    if (!current.is(session)) return
    session.answered = true
    if (health.answered()) waiters.look()
  }

  const answered = (session: Session): void => {
    if (current.is(session)) session.silentCalls = 0
    alive(session)
  }

  /** Draws the conclusion from a failure: an answer is a sign of life, silence a reason to ask, the rest an end. */
  const conclude = (session: Session, failure: Failure): void => {
    if (!current.is(session)) return
    if ('reason' in failure) health.because(failure.reason)
    switch (failure._tag) {
      case 'WrongExpectedVersion':
      case 'StreamNotFound':
      case 'StreamDeleted':
      case 'Refused':
        return answered(session)
      case 'Denied':
        // Of one stream, or of everything: whoever was denied asks, or the next ping tells.
        return
      case 'NoAnswer':
        return fellSilent(session) ? giveUp(session) : wake.abort()
      case 'NotLeader':
        return giveUp(session, failure.leader)
      case 'Unreachable':
        return giveUp(session)
      default:
        return failure satisfies never
    }
  }

  /** Reading is asked for once: one who loses it is denied the next read. Nobody appends for hours where nothing comes. */
  const askForRights = async (session: OpenedSession): Promise<void> => {
    for (const right of rights) if (right === 'write' || !session.mayAll) await askFor(right, session, names)
    session.mayAll = true
  }

  const mayOtherwise = async (session: Session, right: Right): Promise<boolean> => {
    try {
      await askFor(right, session, names)
      return true
    } catch (error) {
      if (!(error instanceof LacksRight)) throw error
      const failure = failureOf(error)
      if (current.is(session) && 'reason' in failure) health.because(failure.reason)
      giveUp(session)
      return false
    }
  }

  const ask = async (): Promise<void> => {
    let session: OpenedSession
    try {
      session = current.open()
    } catch (error) {
      // A certificate file that is being replaced, for instance.
      return health.because(error instanceof Error ? error.message : String(error))
    }
    const asked = performance.now()
    const milliseconds = session.answered ? PING_MS : FIRST_PING_MS
    try {
      await ping(session.client, { requiresLeader, milliseconds, closing: closing.signal })
      await askForRights(session)
      alive(session)
    } catch (error) {
      const failure = failureOf(error)
      if (failure._tag === 'Denied' || (failure._tag === 'NoAnswer' && health.lastAnswer() < asked)) {
        health.because(failure.reason)
        giveUp(session)
      } else if (failure._tag !== 'NoAnswer') conclude(session, failure)
    }
  }

  const watch = async (): Promise<void> => {
    for (let failures = 0; !closing.signal.aborted; ) {
      wake = new AbortController()
      const isQuiet = performance.now() - health.lastAnswer() >= QUIET_MS
      if (!health.isUp() || isQuiet || (current.get()?.silentCalls ?? 0) > 0) await ask()
      const up = health.isUp()
      failures = up ? 0 : failures + 1
      const idle = up ? QUIET_MS : backOff(failures - 1, FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
      if (!(up && wake.signal.aborted))
        await pause(idle, up ? AbortSignal.any([wake.signal, closing.signal]) : closing.signal)
    }
  }
  const watching = watch()

  return {
    health: () => (health.isUp() ? 'up' : 'down'),
    session: waiters.wait,
    call: async (session, milliseconds, action) => {
      try {
        const result = await within(milliseconds, action(session.client))
        answered(session)
        return result
      } catch (error) {
        conclude(session, failureOf(error))
        throw error
      }
    },
    answered,
    failed: conclude,
    mayOtherwise,
    patience: health.patience,
    closed: () => closing.signal.aborted,
    reason: () => (closing.signal.aborted ? 'the event store is closed' : health.reason()),
    close: async () => {
      closing.abort()
      wake.abort()
      health.down()
      await within(LEAVE_MS, Promise.allSettled([current.close(), watching])).catch(() => undefined)
    },
  }
}
