import streamsPb, {
  type DeleteReq,
  type DeleteResp,
  type TombstoneReq,
  type TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb.js'
import { type handleUnaryCall, status } from '@grpc/grpc-js'
import { nameOf } from './messages.ts'
import type { Node } from './node.ts'
import { callStatus } from './refusal.ts'

/** The call `Delete`, whatever revision is expected: what the stream held is not shown any more. */
export const deleteStream =
  (node: Node): handleUnaryCall<DeleteReq, DeleteResp> =>
  (call, callback) => {
    const stream = nameOf(call.request.getOptions()?.getStreamIdentifier())
    if (node.log.softDelete(stream)) return callback(null, new streamsPb.DeleteResp())
    const facts = {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': '-2',
      'actual-version': '-1',
    }
    callback(
      callStatus(status.FAILED_PRECONDITION, `Delete failed due to WrongExpectedVersion. Stream: ${stream}`, facts),
    )
  }

/** The call `Tombstone`: the stream is gone for good. */
export const tombstoneStream =
  (node: Node): handleUnaryCall<TombstoneReq, TombstoneResp> =>
  (call, callback) => {
    const { position } = node.log.tombstone(nameOf(call.request.getOptions()?.getStreamIdentifier()))
    const place = new streamsPb.TombstoneResp.Position()
    callback(
      null,
      new streamsPb.TombstoneResp().setPosition(
        place.setCommitPosition(String(position)).setPreparePosition(String(position)),
      ),
    )
  }
