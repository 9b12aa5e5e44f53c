import type { EndPoint, EventStoreDBClient } from '@eventstore/db-client'
import type { SendAppend } from '../client/batchStream.ts'
import type { Failure } from '../client/failure.ts'
import type { Right } from '../client/lacksRight.ts'

/** The client of the moment. `givenUp` aborts when another one takes its place: what hangs on it starts anew. */
export interface Session {
  readonly client: EventStoreDBClient
  readonly sendAppend: SendAppend
  /** Which server it talks to; `null` where it was left to choose among several. */
  readonly server: EndPoint | null
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
