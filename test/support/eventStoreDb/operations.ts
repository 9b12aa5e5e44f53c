import { randomUUID } from 'node:crypto'
import operationsPb, {
  type ScavengeResp,
  type StartScavengeReq,
} from '@eventstore/db-client/generated/operations_pb.js'
import type { handleUnaryCall } from '@grpc/grpc-js'
import type { Node } from './node.ts'
import { refusalStatus } from './refusal.ts'

const { STARTED } = operationsPb.ScavengeResp.ScavengeResult

/** The call `StartScavenge`: the double is done with it at once, and says so in a stream of the scavenge's own. */
export const startScavenge =
  (node: Node): handleUnaryCall<StartScavengeReq, ScavengeResp> =>
  (_, callback) => {
    if (!node.rights.holds('scavenge', '')) return callback(refusalStatus('access-denied'))
    const id = randomUUID()
    node.calls.scavenge += 1
    node.log.scavenge()
    node.log.append({
      stream: `$scavenges-${id}`,
      expected: 'no-stream',
      events: [
        {
          id: randomUUID(),
          type: '$scavengeCompleted',
          contentType: 'application/json',
          data: Buffer.from(JSON.stringify({ scavengeId: id, result: 'Success', error: null })),
          metadata: new Uint8Array(),
        },
      ],
    })
    callback(null, new operationsPb.ScavengeResp().setScavengeId(id).setScavengeResult(STARTED))
  }
