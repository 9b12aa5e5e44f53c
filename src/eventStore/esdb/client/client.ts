import { type EndPoint, EventStoreDBClient } from '@eventstore/db-client'
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js'
import type { CallOptions, Metadata } from '@grpc/grpc-js'
import { type AppendMessage, appendResponse } from './appendMessages.ts'
import type { BatchAppendCall } from './batchStream.ts'
import { textForClient } from './clientSettings.ts'
import type { ConnectionString } from './connectionString.ts'

/** A client that talks to one node over one connection of its own, until it is given up. */
export interface OneNodeClient {
  readonly client: EventStoreDBClient
  /** Opens a call `BatchAppend` on the client's connection, with its credentials. It has no deadline. */
  readonly openBatchAppend: () => Promise<BatchAppendCall>
  /** Makes one call of another service of the server's, with the credentials of the client. */
  readonly call: CallService
  /** Of the node's server. */
  readonly version: () => Promise<string>
  /** Ends every call still under way and closes the connection. */
  readonly close: () => Promise<void>
}

type Answer<A> = (error: Error | null, answer: A) => void

/** `kind` is the generated client of a service; `ask` makes the call with what it is given. */
type CallService = <C extends object, A>(
  kind: new (...construction: never[]) => C,
  name: string,
  ask: (service: C, metadata: Metadata, options: CallOptions, answer: Answer<A>) => unknown,
) => Promise<A>

interface Channel {
  readonly close: () => void
}

/** Members of the client, version 6.2.1, that are not public: two are taken over here, three are used. */
interface Inner {
  readonly capabilities: Promise<{ readonly serverVersion: string }>
  handleError: () => Promise<void>
  createChannel: () => Promise<Channel>
  readonly getGRPCClient: <C>(kind: new (...construction: never[]) => C, name: string) => Promise<C>
  readonly callArguments: (base: object, options: { readonly deadline: number }) => [Metadata, CallOptions]
}

/** What is sent and received there is read and written here (`appendMessages.ts`). */
const BATCH_APPEND = '/event_store.client.streams.Streams/BatchAppend'

let serial = 0

/**
 * Makes a client that leaves the handling of faults to this adapter (docs/adr/0006-eventstoredb-client.md):
 * - it hands out calls of appends: those of the client itself share their answers among all clients of a thread;
 * - it does not reconnect by itself: its own way rejects unseen when the search for a node fails, and waits for a
 *   dead node as long as keep-alive takes;
 * - its connection can be closed; the client only ever closes calls.
 */
export const oneNodeClient = (connectionString: ConnectionString, leader: EndPoint | null = null): OneNodeClient => {
  serial += 1
  const client = EventStoreDBClient.connectionString(textForClient(connectionString, serial, leader))
  const inner = client as unknown as Inner
  const createChannel = inner.createChannel
  let channel: Promise<Channel> | undefined
  inner.handleError = async () => undefined
  inner.createChannel = () => {
    channel = createChannel()
    return channel
  }
  const openBatchAppend = async (): Promise<BatchAppendCall> => {
    const streams = await inner.getGRPCClient(StreamsClient, 'batchAppend')
    const call = streams.makeBidiStreamRequest(
      BATCH_APPEND,
      ({ bytes }: AppendMessage) => bytes,
      appendResponse,
      ...inner.callArguments({}, { deadline: Number.POSITIVE_INFINITY }),
    )
    // Who asked may have given up by now: an error that nobody listens to would end the process.
    call.on('error', () => undefined)
    return call
  }
  const call: CallService = async (kind, name, ask) => {
    const service = await inner.getGRPCClient(kind, name)
    const [metadata, options] = inner.callArguments({}, { deadline: Number.POSITIVE_INFINITY })
    return new Promise((resolve, reject) => {
      ask(service, metadata, options, (error, answer) => {
        if (error === null) resolve(answer)
        else reject(error)
      })
    })
  }
  const close = async (): Promise<void> => {
    const closed = channel?.then((opened) => opened.close()).catch(() => undefined)
    await client.dispose()
    await closed
  }
  const version = async (): Promise<string> => (await inner.capabilities).serverVersion
  return { client, openBatchAppend, call, version, close }
}
