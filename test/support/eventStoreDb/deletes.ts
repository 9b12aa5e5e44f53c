import streamsPb, {
  type DeleteReq,
  type DeleteResp,
  type TombstoneReq,
  type TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb.js'
import { type handleUnaryCall, status } from '@grpc/grpc-js'
import type { Expected } from './log.ts'
import { nameOf } from './messages.ts'
import type { Node } from './node.ts'
import { type CallStatus, callStatus, refusalStatus } from './refusal.ts'

/** The call `Delete`, whatever revision is expected: what the stream held is not shown any more. */
export const deleteStream =
  (node: Node): handleUnaryCall<DeleteReq, DeleteResp> =>
  (call, callback) => {
    const stream = nameOf(call.request.getOptions()?.getStreamIdentifier())
    if (node.log.softDelete(stream)) return callback(null, new streamsPb.DeleteResp())
    callback(wrongVersion(stream, 'any', -1))
  }

const wrongVersion = (stream: string, expected: Expected, actual: number): CallStatus => {
  const numbers: Readonly<Record<string, number>> = { 'no-stream': -1, any: -2, 'stream-exists': -4 }
  const facts = {
    exception: 'wrong-expected-version',
    'stream-name': stream,
    'expected-version': String(numbers[expected] ?? expected),
    'actual-version': String(actual),
  }
  return callStatus(status.FAILED_PRECONDITION, `Delete failed due to WrongExpectedVersion. Stream: ${stream}`, facts)
}

const expectedOf = (options: TombstoneReq.Options | undefined): Expected => {
  if (options?.hasNoStream()) return 'no-stream'
  if (options?.hasStreamExists()) return 'stream-exists'
  return options?.hasRevision() ? Number(options.getRevision()) : 'any'
}

/** The call `Tombstone`: the stream is gone for good. */
export const tombstoneStream =
  (node: Node): handleUnaryCall<TombstoneReq, TombstoneResp> =>
  (call, callback) => {
    const options = call.request.getOptions()
    const stream = nameOf(options?.getStreamIdentifier())
    if (!node.rights.holds('delete', stream)) return callback(refusalStatus('access-denied'))
    const expected = expectedOf(options)
    const outcome = node.log.tombstone(stream, expected)
    if (outcome === 'deleted') {
      const text = `Event stream '${stream}' is deleted.`
      return callback(
        callStatus(status.FAILED_PRECONDITION, text, { exception: 'stream-deleted', 'stream-name': stream }),
      )
    }
    if (typeof outcome === 'number') return callback(wrongVersion(stream, expected, outcome))
    const position = String(outcome.position)
    const place = new streamsPb.TombstoneResp.Position().setCommitPosition(position).setPreparePosition(position)
    callback(null, new streamsPb.TombstoneResp().setPosition(place))
  }
