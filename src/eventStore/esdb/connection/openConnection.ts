import type { EndPoint, EventStoreDBClient } from '@eventstore/db-client'
import { BACKWARDS, END } from '@eventstore/db-client'
import { batchAppends, type SendAppend } from '../client/batchStream.ts'
import { type OneNodeClient, oneNodeClient } from '../client/client.ts'
import type { ConnectionString } from '../client/connectionString.ts'
import { type Failure, failureOf } from '../client/failure.ts'
import { LacksRight, type Right } from '../client/lacksRight.ts'
import { backOff, pause } from '../pause.ts'
import type { StreamNames } from '../stored/streamNames.ts'
import { within } from '../within.ts'
import { askFor } from './rights.ts'

/** The client of the moment. `givenUp` aborts when another one takes its place: what hangs on it starts anew. */
export interface Session {
  readonly client: EventStoreDBClient
  readonly sendAppend: SendAppend
  readonly givenUp: AbortSignal
}

export interface Connection {
  /** Whether the server answered when it was last asked, a few seconds ago at most. */
  readonly health: () => 'up' | 'down'
  /** The session, once the server answers; null when it does not within `milliseconds`, on abort, or once closed. */
  readonly session: (milliseconds: number, signal?: AbortSignal) => Promise<Session | null>
  /** One call, at most `milliseconds` long; rejects with the client's error. Its outcome counts for the health. */
  readonly call: <A>(
    session: Session,
    milliseconds: number,
    action: (client: EventStoreDBClient) => Promise<A>,
  ) => Promise<A>
  /** Says that something on the session was answered, or failed, outside of `call`. */
  readonly answered: (session: Session) => void
  readonly failed: (session: Session, failure: Failure) => void
  /**
   * Of a call that was denied: whether the rights hold on the whole, and it is that one stream that is closed. Where they do
   * not, the session is given up: a right that was lost is an outage like a password that was.
   */
  readonly mayOtherwise: (session: Session, right: Right) => Promise<boolean>
  /** For how long a request should wait for a session: long in the first seconds of an outage, hardly at all later. */
  readonly patience: () => number
  readonly closed: () => boolean
  /** Why there is no session. */
  readonly reason: () => string
  readonly close: () => Promise<void>
}

/** A client that has not answered for so long is asked whether the node is there. */
const QUIET_MS = 2000
/** A node that answers at all answers a ping within this; the first one includes the search for a node. */
const PING_MS = 2000
const FIRST_PING_MS = 4000
/** After so many calls in a row without an answer the client is given up, whatever a ping says; those at once are one. */
const SILENT_CALLS = 3
const AT_ONCE_MS = 500
/** Calls on a client that was given up may still answer for so long. */
const LEAVE_MS = 3000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1500

const PATIENCE_MS = 8000
const LEAST_PATIENCE_MS = 1500

interface Opened extends Session {
  readonly node: OneNodeClient
  readonly giveUp: AbortController
  answered: boolean
  /** Its rights were found sufficient. */
  mayAll: boolean
  silentCalls: number
  silentAt: number
}

export interface ConnectionOptions {
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
  const waiting = new Set<() => void>()
  /** Clients that were given up and may still bring an answer. */
  const left = new Set<OneNodeClient>()
  let current: Opened | null = null
  let up = false
  let downSince = Number.NEGATIVE_INFINITY
  let lastAnswer = Number.NEGATIVE_INFINITY
  let leader: EndPoint | null = null
  let lastReason = ''
  let wake = new AbortController()

  const opened = (): Opened => {
    if (current !== null) return current
    const node = oneNodeClient(connectionString, leader)
    leader = null
    const giveUp = new AbortController()
    current = {
      node,
      client: node.client,
      sendAppend: batchAppends(node.openBatchAppend, giveUp.signal),
      giveUp,
      givenUp: giveUp.signal,
      answered: false,
      mayAll: false,
      silentCalls: 0,
      silentAt: Number.NEGATIVE_INFINITY,
    }
    return current
  }

  const isCurrent = (session: Session): session is Opened => session === current

  const closeLeft = (node: OneNodeClient): Promise<void> => node.close().finally(() => left.delete(node))

  const giveUp = (session: Session): void => {
    if (!isCurrent(session)) return
    current = null
    if (up) downSince = lastAnswer
    up = false
    session.giveUp.abort()
    left.add(session.node)
    setTimeout(() => void closeLeft(session.node), LEAVE_MS).unref()
    wake.abort()
  }

  const alive = (session: Session): void => {
    if (!isCurrent(session)) return
    session.answered = true
    lastAnswer = performance.now()
    if (up) return
    up = true
    for (const look of waiting) look()
  }

  const answered = (session: Session): void => {
    if (isCurrent(session)) session.silentCalls = 0
    alive(session)
  }

  /** Draws the conclusion from a failure: an answer is a sign of life, silence a reason to ask, the rest an end. */
  const conclude = (session: Session, failure: Failure): void => {
    if (!isCurrent(session)) return
    if ('reason' in failure) lastReason = `: ${failure.reason}`
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
        if (performance.now() - session.silentAt > AT_ONCE_MS) {
          session.silentCalls += 1
          session.silentAt = performance.now()
        }
        if (session.silentCalls >= SILENT_CALLS) giveUp(session)
        else wake.abort()
        return
      case 'NotLeader':
        leader = failure.leader
        return giveUp(session)
      case 'Unreachable':
        return giveUp(session)
      default:
        return failure satisfies never
    }
  }

  /** Reading is asked for once: one who loses it is denied the next read. Nobody appends for hours where nothing comes. */
  const askForRights = async (session: Opened): Promise<void> => {
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
      if (isCurrent(session) && 'reason' in failure) lastReason = `: ${failure.reason}`
      giveUp(session)
      return false
    }
  }

  const ping = async (): Promise<void> => {
    let session: Opened
    try {
      session = opened()
    } catch (error) {
      // A certificate file that is being replaced, for instance.
      lastReason = `: ${error instanceof Error ? error.message : String(error)}`
      return
    }
    const asked = performance.now()
    let stop = (): void => undefined
    try {
      const read = session.client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1, requiresLeader })
      stop = () => {
        read.destroy(new Error('closed'))
        read.cancel().catch(() => undefined)
      }
      const ended = new Promise((resolve, reject) => {
        read.on('error', reject)
        read.on('end', resolve)
        read.resume()
      })
      closing.signal.addEventListener('abort', stop)
      await within(session.answered ? PING_MS : FIRST_PING_MS, ended)
      await askForRights(session)
      alive(session)
    } catch (error) {
      const failure = failureOf(error)
      if (failure._tag === 'Denied' || (failure._tag === 'NoAnswer' && lastAnswer < asked)) {
        lastReason = `: ${failure.reason}`
        giveUp(session)
      } else if (failure._tag !== 'NoAnswer') conclude(session, failure)
    } finally {
      closing.signal.removeEventListener('abort', stop)
      stop()
    }
  }

  const watch = async (): Promise<void> => {
    for (let failures = 0; !closing.signal.aborted; ) {
      wake = new AbortController()
      if (!up || performance.now() - lastAnswer >= QUIET_MS || (current?.silentCalls ?? 0) > 0) await ping()
      failures = up ? 0 : failures + 1
      const idle = up ? QUIET_MS : backOff(failures - 1, FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
      if (!(up && wake.signal.aborted))
        await pause(idle, up ? AbortSignal.any([wake.signal, closing.signal]) : closing.signal)
    }
  }
  const watching = watch()

  const session: Connection['session'] = async (milliseconds, signal) => {
    const found = (): Session | null => (up && !closing.signal.aborted && signal?.aborted !== true ? current : null)
    return (
      found() ??
      new Promise((resolve) => {
        const done = (): void => {
          waiting.delete(look)
          clearTimeout(timer)
          signal?.removeEventListener('abort', done)
          closing.signal.removeEventListener('abort', done)
          resolve(found())
        }
        const look = (): void => {
          if (found() !== null) done()
        }
        const timer = Number.isFinite(milliseconds) ? setTimeout(done, Math.max(0, milliseconds)) : undefined
        if (closing.signal.aborted || signal?.aborted) return done()
        signal?.addEventListener('abort', done)
        closing.signal.addEventListener('abort', done)
        waiting.add(look)
      })
    )
  }

  return {
    health: () => (up ? 'up' : 'down'),
    session,
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
    patience: () =>
      up
        ? PATIENCE_MS
        : Math.min(PATIENCE_MS, Math.max(LEAST_PATIENCE_MS, downSince + PATIENCE_MS - performance.now())),
    closed: () => closing.signal.aborted,
    reason: () =>
      closing.signal.aborted ? 'the event store is closed' : `the event store cannot be reached${lastReason}`,
    close: async () => {
      closing.abort()
      wake.abort()
      const last = current
      current = null
      up = false
      last?.giveUp.abort()
      await within(LEAVE_MS, Promise.allSettled([last?.node.close(), ...[...left].map(closeLeft), watching])).catch(
        () => undefined,
      )
    },
  }
}
