// A double of one EventStoreDB node (24.6, or 25.0 where asked to), for tests: the gRPC protocol as a client of appends, reads and
// subscriptions to $all sees it, over real HTTP/2 on 127.0.0.1, with faults to order.
//
// What it does not do:
// - no disk: the log lives in memory, and outlives stop() and restart(), not the process;
// - no cluster: it always leads; gossip names it alone; NotLeader is only ever a fault;
// - no credentials, no TLS, no users: a right that is withdrawn is withdrawn from all;
// - of the metadata of a stream it knows $tb, $maxCount and $maxAge; no other $-streams, links, projections;
// - no persistent subscriptions, no subscription to one stream, no filter but by prefix of the stream name;
// - appends by batch stream alone, not by a call each;
// - no empty appends (a real node acknowledges them and lets the position grow);
// - no deadline of the client's is kept; frames beyond 4 MB are refused by gRPC itself.

import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb.js'
import { OperationsService } from '@eventstore/db-client/generated/operations_grpc_pb.js'
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js'
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { freePort } from '../freePort.ts'
import { getSupportedMethods, gossip } from './about.ts'
import { batchAppend } from './appends.ts'
import { deleteStream, tombstoneStream } from './deletes.ts'
import { Faults, type Operation } from './faults.ts'
import { type Front, openFront } from './front.ts'
import { Log, type Version } from './log.ts'
import type { LogEvent } from './logEvent.ts'
import type { Disturbance, Node } from './node.ts'
import { startScavenge } from './operations.ts'
import { read } from './reads.ts'
import { Rights } from './rights.ts'

export interface EventStoreDb {
  readonly port: number
  readonly connectionString: string
  readonly faults: Faults
  readonly rights: Rights
  /** Takes out of the log what streams that were deleted or cut do not show any more. */
  readonly scavenge: () => void
  /** How many calls of each kind came in. */
  readonly calls: Readonly<Record<Operation | 'scavenge', number>>
  /** The log, in order. */
  readonly events: () => readonly LogEvent[]
  /** Befalls every open subscription at once; gives how many there were. */
  readonly disturbSubscriptions: (how: Disturbance) => number
  /** Resets every open connection; the node goes on. */
  readonly cutConnections: () => void
  /** Takes connections and bytes, answers nothing, as a stopped process (SIGSTOP) does, until thaw(). */
  readonly freeze: () => void
  readonly thaw: () => void
  /** Resets every connection and stops listening. Call it at the end of a test: nothing stays open. */
  readonly stop: () => Promise<void>
  /** Stops, if need be, and listens again on the same port, with the same log. */
  readonly restart: () => Promise<void>
}

export interface EventStoreDbOptions {
  /** Default: one that nobody else is given while this one is stopped. */
  readonly port?: number
  /** Another double whose log this one shares, as two nodes of a cluster would. */
  readonly beside?: EventStoreDb
  /** Begins with these events of another double, as if restored from its backup. */
  readonly backup?: readonly LogEvent[]
  /** Default: 24.6. */
  readonly version?: Version
  /** Where the first event stands; default: where the log of a new server begins. */
  readonly firstPosition?: bigint
}

const logs = new WeakMap<EventStoreDb, Log>()

/** Starts the double; it listens when the promise is fulfilled. */
export const startEventStoreDb = async (options: EventStoreDbOptions = {}): Promise<EventStoreDb> => {
  const log =
    (options.beside && logs.get(options.beside)) ??
    new Log(options.version ?? '24.6', options.backup, options.firstPosition)
  const calls = { append: 0, read: 0, subscribe: 0, scavenge: 0 }
  const faults = new Faults()
  const rights = new Rights()
  const node: Node = { log, faults, rights, calls, subscriptions: new Set(), cut: (peer) => running?.front.cut(peer) }

  const run = async (port: number): Promise<{ readonly server: Server; readonly front: Front }> => {
    const server = new Server()
    server.addService(StreamsService, {
      batchAppend: batchAppend(node),
      read: read(node),
      delete: deleteStream(node),
      tombstone: tombstoneStream(node),
    })
    server.addService(ServerFeaturesService, { getSupportedMethods: getSupportedMethods(log.version) })
    server.addService(OperationsService, { startScavenge: startScavenge(node) })
    server.addService(GossipService, { read: gossip(() => eventStoreDb.port) })
    const backPort = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      )
    })
    return { server, front: await openFront(port, backPort) }
  }

  let running: Awaited<ReturnType<typeof run>> | null = await run(options.port ?? (await freePort()))
  const { port } = running.front

  const stop = async (): Promise<void> => {
    const stopping = running
    running = null
    await stopping?.front.close()
    stopping?.server.forceShutdown()
  }
  const eventStoreDb: EventStoreDb = {
    port,
    connectionString: `esdb://127.0.0.1:${port}?tls=false`,
    faults,
    rights,
    scavenge: () => log.scavenge(),
    calls,
    events: () => log.events,
    disturbSubscriptions: (how) => {
      const open = [...node.subscriptions]
      for (const subscription of open) subscription.disturb(how)
      return open.length
    },
    cutConnections: () => running?.front.cut(),
    freeze: () => running?.front.freeze(),
    thaw: () => running?.front.thaw(),
    stop,
    restart: async () => {
      await stop()
      running = await run(port)
    },
  }
  logs.set(eventStoreDb, log)
  return eventStoreDb
}
