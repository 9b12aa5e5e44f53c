import type { EndPoint } from '@eventstore/db-client'
import type { OneNodeClient } from '../client/client.ts'
import type { ConnectionString } from '../client/connectionString.ts'
import type { Session } from './connection.ts'
import { type OpenedSession, openSession } from './session.ts'

/** Calls on a client that was given up may still answer for so long. */
export const LEAVE_MS = 3000

/** The session in use, and the clients that were given up and may still bring an answer. */
interface CurrentSession {
  /** Null while none is open. */
  readonly get: () => OpenedSession | null
  readonly is: (session: Session) => session is OpenedSession
  /** The session, opened where there is none. Throws where no client can be made. */
  readonly open: () => OpenedSession
  /** Ends the session; the next one is opened to the leader, where one was named. */
  readonly giveUp: (leader?: EndPoint) => void
  /** Ends it, and closes all clients. */
  readonly close: () => Promise<unknown>
}

export const currentSession = (connectionString: ConnectionString): CurrentSession => {
  const left = new Set<OneNodeClient>()
  let current: OpenedSession | null = null
  let next: EndPoint | null = null

  const closeLeft = (node: OneNodeClient): Promise<void> => node.close().finally(() => left.delete(node))

  const end = (): OpenedSession | null => {
    const last = current
    current = null
    last?.giveUp.abort()
    return last
  }

  return {
    get: () => current,
    is: (session): session is OpenedSession => session === current,
    open: () => {
      if (current !== null) return current
      current = openSession(connectionString, next)
      next = null
      return current
    },
    giveUp: (leader) => {
      if (leader !== undefined) next = leader
      const last = end()
      if (last === null) return
      left.add(last.node)
      setTimeout(() => void closeLeft(last.node), LEAVE_MS).unref()
    },
    close: () => {
      const last = end()
      return Promise.allSettled([last?.node.close(), ...[...left].map(closeLeft)])
    },
  }
}
