import { once } from 'node:events'
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerWritableStream } from '@grpc/grpc-js'
import type { Faults } from './faults.ts'

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>

/** Sends one message after the other, no faster than the client takes them; throws once the signal says that the client has gone. */
export const sender =
  (call: ReadCall, faults: Faults, signal: AbortSignal) =>
  async (message: ReadResp): Promise<void> => {
    await faults.delay()
    signal.throwIfAborted()
    if (!call.write(message)) await once(call, 'drain', { signal })
  }
