import { setTimeout as sleep } from 'node:timers/promises'
import { BACKWARDS, END, type EndPoint, type EventStoreDBClient } from '@eventstore/db-client'
import { OperationsClient } from '@eventstore/db-client/generated/operations_grpc_pb.js'
import operationsPb, { type ScavengeResp } from '@eventstore/db-client/generated/operations_pb.js'
import type { Purge } from '../../eventStore.ts'
import { oneNodeClient } from '../client/client.ts'
import type { ConnectionString } from '../client/connectionString.ts'
import { failureOf } from '../client/failure.ts'
import { within } from '../client/within.ts'
import { nodesOf, type ServerNode, tellNode } from './nodes.ts'

const ANSWER_MS = 8000
const LOOK_EVERY_MS = 500
/** A scavenge is watched for so long; one of a large log goes on for hours. */
const WATCHED_MS = 600_000

/** What became of the scavenge of a node. */
type Scavenged = 'done' | { readonly left: string }

/** How a scavenge ended, as the server says in its stream; `null` while it is under way. */
const endOf = async (client: EventStoreDBClient, scavengeId: string): Promise<Scavenged | null> => {
  const read = client.readStream(`$scavenges-${scavengeId}`, { direction: BACKWARDS, fromRevision: END, maxCount: 1 })
  read.on('error', () => undefined)
  try {
    for await (const { event } of read) {
      if (event?.type !== '$scavengeCompleted') continue
      const { result, error } = event.data as { readonly result?: unknown; readonly error?: unknown }
      return result === 'Success' ? 'done' : { left: `its scavenge ended as ${result}: ${error ?? 'no reason given'}` }
    }
  } catch (error) {
    if (failureOf(error)._tag !== 'StreamNotFound') throw error
  }
  return null
}

/**
 * Scavenges a node and watches that, for some minutes. Starting one closes the chunk that is written to, so that every event which
 * stood in the log by then is looked at. One that was under way before may have looked at too little: it is waited for.
 */
const scavengeNode = async (connectionString: ConnectionString, endPoint: EndPoint): Promise<Scavenged> => {
  const node = oneNodeClient(connectionString, endPoint)
  const start = (): Promise<ScavengeResp> =>
    within(
      ANSWER_MS,
      node.call<OperationsClient, ScavengeResp>(
        OperationsClient,
        'startScavenge',
        (operations, metadata, call, answer) => {
          const options = new operationsPb.StartScavengeReq.Options().setThreadCount(1).setStartFromChunk(0)
          return operations.startScavenge(
            new operationsPb.StartScavengeReq().setOptions(options),
            metadata,
            call,
            answer,
          )
        },
      ),
    )
  try {
    let started = await start()
    for (const until = performance.now() + WATCHED_MS; performance.now() < until; await sleep(LOOK_EVERY_MS)) {
      const end = await within(ANSWER_MS, endOf(node.client, started.getScavengeId()))
      if (end === null) continue
      if (started.getScavengeResult() === operationsPb.ScavengeResp.ScavengeResult.STARTED) return end
      started = await start()
    }
    return { left: 'its scavenge is under way still' }
  } catch (error) {
    const failure = failureOf(error)
    return {
      left:
        failure._tag === 'Denied'
          ? "the service's user may not scavenge it: somebody of $ops has to (POST /admin/scavenge)"
          : `it could not be scavenged: ${'reason' in failure ? failure.reason : failure._tag}`,
    }
  } finally {
    await node.close()
  }
}

const scavengeOf = (connectionString: ConnectionString, { endPoint, isAlive }: ServerNode): Promise<Scavenged> =>
  isAlive
    ? scavengeNode(connectionString, endPoint)
    : Promise.resolve({ left: 'it is away: scavenge it once it is back' })

/** Scavenges the nodes of a server, one after the other. Throws where they cannot be told. */
export const scavenging = (connectionString: ConnectionString) => async (): Promise<Purge> => {
  const nodes = await nodesOf(connectionString).catch((error: unknown) => {
    const failure = failureOf(error)
    throw new Error('reason' in failure ? failure.reason : failure._tag)
  })
  const told: string[] = []
  let files: Purge['files'] = 'gone'
  for (const node of nodes) {
    const scavenged = await scavengeOf(connectionString, node)
    if (scavenged !== 'done') files = 'scavenge'
    told.push(`node ${tellNode(node.endPoint)}: ${scavenged === 'done' ? 'scavenged' : scavenged.left}`)
  }
  return { files, told }
}
