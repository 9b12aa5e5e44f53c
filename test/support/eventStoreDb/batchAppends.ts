import codePb, { type Code } from '@eventstore/db-client/generated/code_pb.js'
import sharedPb from '@eventstore/db-client/generated/shared_pb.js'
import statusPb from '@eventstore/db-client/generated/status_pb.js'
import streamsPb, { type BatchAppendReq, type BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js'
import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js'
import type { Message } from 'google-protobuf'
import anyPb from 'google-protobuf/google/protobuf/any_pb.js'
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js'
import { batchSuccess, expectedOf, wrongExpectedVersion } from './appendMessages.ts'
import { perform, type Reply } from './appends.ts'
import type { AppendRequest, ProposedEvent } from './log.ts'
import { nameOf, proposedEvent, streamIdentifier } from './messages.ts'
import type { Node } from './node.ts'
import { type CallStatus, refuse } from './refusal.ts'

/** The call `BatchAppend`: one stream of appends for as long as the client lives, each in one message or several. */
export const batchAppend =
  (node: Node): handleBidiStreamingCall<BatchAppendReq, BatchAppendResp> =>
  async (call) => {
    const begun = new Map<string, { readonly options: BatchAppendReq.Options; readonly events: ProposedEvent[] }>()
    try {
      for await (const message of call as AsyncIterable<BatchAppendReq>) {
        const correlationId = message.getCorrelationId()
        const key = correlationId?.getString() ?? ''
        const options = message.getOptions()
        if (options !== undefined) begun.set(key, { options, events: [] })
        const one = begun.get(key)
        one?.events.push(...message.getProposedMessagesList().map(proposedEvent))
        if (one === undefined || !message.getIsFinal()) continue

        begun.delete(key)
        const request = {
          stream: nameOf(one.options.getStreamIdentifier()),
          expected: expectedOf(one.options, Number(one.options.getStreamPosition())),
          events: one.events,
        }
        void perform(node, request, call.getPeer(), batchReply(call, request, correlationId))
      }
    } catch {
      return
    }
    call.end()
  }

const batchReply = (
  call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>,
  { stream, expected }: AppendRequest,
  correlationId: sharedPb.UUID | undefined,
): Reply => {
  const respond = (content: (response: BatchAppendResp) => void): void => {
    const response = new streamsPb.BatchAppendResp()
    response.setCorrelationId(correlationId).setStreamIdentifier(streamIdentifier(stream))
    content(response)
    if (!call.cancelled && call.writable) call.write(response)
  }
  const fail = (code: Code, text: string, details: Message, typeName: string): void => {
    const packed = new anyPb.Any()
    packed.pack(details.serializeBinary(), typeName)
    respond((response) => response.setError(new statusPb.Status().setCode(code).setMessage(text).setDetails(packed)))
  }
  const ours = (code: Code, name: string, details: Message): void =>
    fail(code, name, details, `event_store.client.${name}`)

  const end = (ended: CallStatus): void => {
    call.emit('error', ended)
  }
  return {
    end,
    answer: (outcome) => {
      switch (outcome._tag) {
        case 'Appended':
          return respond((response) => response.setSuccess(batchSuccess(outcome)))
        case 'WrongExpectedVersion':
          return ours(codePb.Code.ALREADY_EXISTS, 'WrongExpectedVersion', wrongExpectedVersion(outcome, expected))
        case 'TooLarge': {
          const details = new sharedPb.MaximumAppendSizeExceeded().setMaxappendsize(outcome.limit)
          return ours(codePb.Code.INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', details)
        }
      }
    },
    // What concerns one append answers that append; what concerns the node ends the stream with all that is in flight.
    refuse: (refusal) => {
      switch (refusal) {
        case 'not-ready':
          return fail(codePb.Code.OK, 'Server Is Not Ready', new emptyPb.Empty(), 'google.protobuf.Empty')
        case 'deadline-exceeded':
          return ours(codePb.Code.DEADLINE_EXCEEDED, 'Timeout', new sharedPb.Timeout())
        case 'access-denied':
          return ours(codePb.Code.PERMISSION_DENIED, 'AccessDenied', new sharedPb.AccessDenied())
        default:
          refuse(refusal, call, end)
      }
    },
  }
}
