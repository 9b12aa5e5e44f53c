import type { EndPoint } from '@eventstore/db-client'
import { GossipClient } from '@eventstore/db-client/generated/gossip_grpc_pb.js'
import gossipPb, { type ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js'
import sharedPb from '@eventstore/db-client/generated/shared_pb.js'
import { oneNodeClient } from '../client/client.ts'
import type { ConnectionString } from '../client/connectionString.ts'
import { within } from '../client/within.ts'

const ANSWER_MS = 8000

/** A node that holds a log of its own. */
export interface ServerNode {
  readonly endPoint: EndPoint
  readonly isAlive: boolean
}

export const tellNode = ({ address, port }: EndPoint): string => `${address}:${port}`

/** The nodes of a server, as one of them knows them. Throws the client's error. */
export const nodesOf = async (connectionString: ConnectionString): Promise<readonly ServerNode[]> => {
  const node = oneNodeClient(connectionString)
  try {
    const info = await within(
      ANSWER_MS,
      node.call<GossipClient, ClusterInfo>(GossipClient, 'read', (gossip, metadata, options, answer) =>
        gossip.read(new sharedPb.Empty(), metadata, options, answer),
      ),
    )
    return info.getMembersList().flatMap((member) => {
      const endPoint = member.getHttpEndPoint()
      if (endPoint === undefined || member.getState() === gossipPb.MemberInfo.VNodeState.MANAGER) return []
      return [{ endPoint: { address: endPoint.getAddress(), port: endPoint.getPort() }, isAlive: member.getIsAlive() }]
    })
  } finally {
    await node.close()
  }
}
