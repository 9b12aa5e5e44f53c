import type { EndPoint } from '@eventstore/db-client'
import { batchAppends } from '../client/batchStream.ts'
import { type OneNodeClient, oneNodeClient } from '../client/client.ts'
import type { ConnectionString } from '../client/connectionString.ts'
import type { Session } from './connection.ts'

/** After so many calls in a row without an answer the client is given up, whatever a ping says; those at once are one. */
const SILENT_CALLS = 3
const AT_ONCE_MS = 500

/** A session, with what its connection knows of it. */
export interface OpenedSession extends Session {
  readonly node: OneNodeClient
  readonly giveUp: AbortController
  answered: boolean
  /** Its rights were found sufficient. */
  mayAll: boolean
  silentCalls: number
  silentAt: number
}

const DEFAULT_PORT = 2113

/** The one that is named, where there is but one. */
const onlyServer = ({ discover, hosts }: ConnectionString): EndPoint | null => {
  const [address = '', port = DEFAULT_PORT] = hosts.split(':')
  return discover || hosts.includes(',') ? null : { address, port: Number(port) }
}

/** A client of its own, to the leader that was named or to any node. Throws where none can be made. */
export const openSession = (connectionString: ConnectionString, leader: EndPoint | null): OpenedSession => {
  const node = oneNodeClient(connectionString, leader)
  const giveUp = new AbortController()
  return {
    node,
    client: node.client,
    server: leader ?? onlyServer(connectionString),
    sendAppend: batchAppends(node.openBatchAppend, giveUp.signal),
    giveUp,
    givenUp: giveUp.signal,
    answered: false,
    mayAll: false,
    silentCalls: 0,
    silentAt: Number.NEGATIVE_INFINITY,
  }
}

/** Counts a call without an answer; true when there were too many of them. */
export const fellSilent = (session: OpenedSession): boolean => {
  if (performance.now() - session.silentAt > AT_ONCE_MS) {
    session.silentCalls += 1
    session.silentAt = performance.now()
  }
  return session.silentCalls >= SILENT_CALLS
}
