import { randomUUID } from 'node:crypto'
import gossipPb, { type ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js'
import featuresPb, { type SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js'
import sharedPb from '@eventstore/db-client/generated/shared_pb.js'
import type { handleUnaryCall } from '@grpc/grpc-js'
import type { Version } from './log.ts'

const STREAMS = 'event_store.client.streams.streams'

/** The call `GetSupportedMethods`: a client appends by batch stream only where the server names it. */
export const getSupportedMethods =
  (version: Version): handleUnaryCall<sharedPb.Empty, SupportedMethods> =>
  (_, callback) => {
    const supported = new featuresPb.SupportedMethods().setEventStoreServerVersion(`${version}.0`)
    for (const [method, features] of [
      ['read', ['position', 'events']],
      ['batchappend', ['deadline_duration']],
    ] as const) {
      const one = new featuresPb.SupportedMethod().setServiceName(STREAMS).setMethodName(method)
      supported.addMethods(one.setFeaturesList([...features]))
    }
    callback(null, supported)
  }

/** The call gossip `Read`: a cluster of this one node, its leader. */
export const gossip =
  (port: () => number): handleUnaryCall<sharedPb.Empty, ClusterInfo> =>
  (_, callback) => {
    const endPoint = new gossipPb.EndPoint().setAddress('127.0.0.1').setPort(port())
    const member = new gossipPb.MemberInfo().setIsAlive(true).setState(gossipPb.MemberInfo.VNodeState.LEADER)
    const id = new sharedPb.UUID().setString(randomUUID())
    callback(null, new gossipPb.ClusterInfo().setMembersList([member.setInstanceId(id).setHttpEndPoint(endPoint)]))
  }
