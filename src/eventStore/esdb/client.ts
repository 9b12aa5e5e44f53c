import { EventStoreDBClient } from '@eventstore/db-client'
import { type ConnectionString, type Endpoint, textForClient } from './connectionString.ts'

/** A client that talks to one node over one connection of its own, until it is given up. */
export interface OneNodeClient {
  readonly client: EventStoreDBClient
  /** Ends every call still under way and closes the connection. */
  readonly close: () => Promise<void>
}

interface Channel {
  readonly close: () => void
}

/** Members of the client, version 6.2.1, that are taken over here. */
interface Overridden {
  supports: () => Promise<boolean>
  handleError: () => Promise<void>
  createChannel: () => Promise<Channel>
}

let serial = 0

/**
 * Makes a client that leaves the handling of faults to this adapter (docs/adr/0006-eventstoredb-client.md):
 * - it appends by the unary call, never by the batch stream, whose answers all clients of a thread share;
 * - it does not reconnect by itself: its own way rejects unseen when the search for a node fails, and waits for a
 *   dead node as long as keep-alive takes;
 * - its connection can be closed; the client only ever closes calls.
 */
export const oneNodeClient = (connectionString: ConnectionString, leader: Endpoint | null = null): OneNodeClient => {
  serial += 1
  const client = EventStoreDBClient.connectionString(textForClient(connectionString, serial, leader))
  const inner = client as unknown as Overridden
  const createChannel = inner.createChannel
  let channel: Promise<Channel> | undefined
  inner.supports = async () => false
  inner.handleError = async () => undefined
  inner.createChannel = () => {
    channel = createChannel()
    return channel
  }
  const close = async (): Promise<void> => {
    const closed = channel?.then((opened) => opened.close()).catch(() => undefined)
    await client.dispose()
    await closed
  }
  return { client, close }
}
