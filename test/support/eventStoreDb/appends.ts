import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import codePb, { type Code } from '@eventstore/db-client/generated/code_pb.js'
import sharedPb from '@eventstore/db-client/generated/shared_pb.js'
import statusPb from '@eventstore/db-client/generated/status_pb.js'
import streamsPb, { type BatchAppendReq, type BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js'
import { type handleBidiStreamingCall, type ServerDuplexStream, status } from '@grpc/grpc-js'
import type { Message } from 'google-protobuf'
import anyPb from 'google-protobuf/google/protobuf/any_pb.js'
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js'
import { NOWHERE } from '../../../src/eventStore/esdb/connection/rights.ts'
import { eventSizeExceeded, expectedOf, success, wrongExpectedVersion } from './appendMessages.ts'
import type { AckFault, FaultOf, Refusal } from './faults.ts'
import { type AppendRequest, type Outcome, tooLarge } from './log.ts'
import type { ProposedEvent } from './logEvent.ts'
import { nameOf, proposedEvent, streamIdentifier } from './messages.ts'
import type { Node } from './node.ts'
import { type CallStatus, callStatus, refuse } from './refusal.ts'

const LATER_MS = 200

const isAckFault = (fault: FaultOf['append']): fault is AckFault =>
  typeof fault === 'string' && fault.startsWith('ack-')

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
          expected: expectedOf(one.options),
          events: one.events,
        }
        void perform(node, request, call.getPeer(), replyTo(call, request, correlationId))
      }
    } catch {
      return
    }
    call.end()
  }

/** Takes an append, or whatever the faults make of it. */
const perform = async (node: Node, request: AppendRequest, peer: string, reply: Reply): Promise<void> => {
  if (request.expected === NOWHERE || !node.rights.holds('write', request.stream)) {
    // A question for rights: nothing is written, and no fault strikes.
    return node.rights.holds('write', request.stream)
      ? reply.answer(node.log.append(request))
      : reply.refuse('access-denied')
  }
  node.calls.append += 1
  if (request.events.length === 0) {
    return reply.end(callStatus(status.UNIMPLEMENTED, 'the double takes no empty append'))
  }
  const fault = node.faults.take('append')
  if (fault === 'ended') return reply.end()
  if (fault !== undefined && fault !== 'too-large' && !isAckFault(fault)) {
    await node.faults.delay()
    return reply.refuse(fault)
  }
  const outcome = fault === 'too-large' ? tooLarge : node.log.append(request)
  if (fault === 'ack-withheld') return
  if (fault === 'ack-cut') return node.cut(peer)
  await node.faults.delay()
  if (fault === 'ack-late') await sleep(LATER_MS)
  if (fault === 'ack-stray') reply.toNobody(outcome)
  if (fault === 'ack-empty') return reply.empty()
  if (fault === 'ack-garbled') return reply.garbled()
  reply.answer(outcome)
}

/** How the one that asked for an append is answered. */
type Reply = ReturnType<typeof replyTo>

const replyTo = (
  call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>,
  { stream, expected }: AppendRequest,
  correlationId: sharedPb.UUID | undefined,
) => {
  const respond = (content: (response: BatchAppendResp) => void, to = correlationId): void => {
    const response = new streamsPb.BatchAppendResp()
    response.setCorrelationId(to).setStreamIdentifier(streamIdentifier(stream))
    content(response)
    if (!call.cancelled && call.writable) call.write(response)
  }
  const fail = (code: Code, text: string, details: Uint8Array, typeName: string): void => {
    const packed = new anyPb.Any()
    packed.pack(details, typeName)
    respond((response) => response.setError(new statusPb.Status().setCode(code).setMessage(text).setDetails(packed)))
  }
  const ours = (code: Code, name: string, details: Message): void =>
    fail(code, name, details.serializeBinary(), `event_store.client.${name}`)

  /** Ends the stream, with an error where a status is given. */
  const end = (ended?: CallStatus): void => {
    if (ended === undefined) call.end()
    else call.emit('error', ended)
  }
  const answer = (outcome: Outcome, to = correlationId): void => {
    switch (outcome._tag) {
      case 'Appended':
        return respond((response) => response.setSuccess(success(outcome)), to)
      case 'WrongExpectedVersion':
        return ours(codePb.Code.ALREADY_EXISTS, 'WrongExpectedVersion', wrongExpectedVersion(outcome, expected))
      case 'Remembered': {
        const success = new streamsPb.BatchAppendResp.Success().setCurrentRevision(String(outcome.revision))
        return respond((response) => response.setSuccess(success.setNoPosition(new emptyPb.Empty())), to)
      }
      case 'StreamDeleted':
        return ours(
          codePb.Code.NOT_FOUND,
          'StreamDeleted',
          new sharedPb.StreamDeleted().setStreamIdentifier(streamIdentifier(stream)),
        )
      case 'EventTooLarge':
        return fail(
          codePb.Code.INVALID_ARGUMENT,
          'MaximumAppendEventSizeExceeded',
          eventSizeExceeded(outcome),
          'event_store.client.MaximumAppendEventSizeExceeded',
        )
      case 'TooLarge': {
        const details = new sharedPb.MaximumAppendSizeExceeded().setMaxappendsize(outcome.limit)
        return ours(codePb.Code.INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', details)
      }
    }
  }
  return {
    end,
    answer,
    toNobody: (outcome: Outcome): void => {
      answer(outcome, new sharedPb.UUID().setString(randomUUID()))
      answer(outcome, new sharedPb.UUID())
      respond((response) => response.clearCorrelationId())
    },
    empty: () => respond(() => undefined),
    garbled: () =>
      fail(codePb.Code.ALREADY_EXISTS, '', Uint8Array.of(255, 255), 'event_store.client.WrongExpectedVersion'),
    // What concerns one append answers that append; what concerns the node ends the stream with all that is in flight.
    refuse: (refusal: Refusal): void => {
      switch (refusal) {
        case 'not-ready':
          return fail(codePb.Code.OK, 'Server Is Not Ready', new Uint8Array(), 'google.protobuf.Empty')
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
