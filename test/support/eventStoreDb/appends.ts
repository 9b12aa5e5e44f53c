import type { AppendReq, AppendResp } from '@eventstore/db-client/generated/streams_pb.js'
import { type handleClientStreamingCall, status } from '@grpc/grpc-js'
import { appendResponse, expectedOf } from './appendMessages.ts'
import type { Refusal } from './faults.ts'
import { type AppendRequest, type Outcome, type ProposedEvent, tooLarge } from './log.ts'
import { nameOf, proposedEvent } from './messages.ts'
import type { Node } from './node.ts'
import { type CallStatus, callStatus, refuse } from './refusal.ts'

/** How the one that asked for an append is answered. */
export interface Reply {
  readonly answer: (outcome: Outcome) => void
  readonly refuse: (refusal: Refusal) => void
  /** Ends the call with an error. */
  readonly end: (status: CallStatus) => void
}

/** Takes an append, or whatever the faults make of it. */
export const perform = async (node: Node, request: AppendRequest, peer: string, reply: Reply): Promise<void> => {
  node.calls.append += 1
  if (request.events.length === 0) {
    return reply.end(callStatus(status.UNIMPLEMENTED, 'the double takes no empty append'))
  }
  const fault = node.faults.take('append')
  switch (fault) {
    case 'ack-withheld':
      node.log.append(request)
      return
    case 'ack-cut':
      node.log.append(request)
      return node.cut(peer)
    case 'too-large':
    case undefined: {
      const outcome = fault === undefined ? node.log.append(request) : tooLarge
      await node.faults.delay()
      return reply.answer(outcome)
    }
    default:
      await node.faults.delay()
      reply.refuse(fault)
  }
}

/** The call `Append`: one append, its events one message each. */
export const append =
  (node: Node): handleClientStreamingCall<AppendReq, AppendResp> =>
  async (call, callback) => {
    let options: AppendReq.Options | undefined
    const events: ProposedEvent[] = []
    try {
      for await (const request of call as AsyncIterable<AppendReq>) {
        options ??= request.getOptions()
        const message = request.getProposedMessage()
        if (message !== undefined) events.push(proposedEvent(message))
      }
    } catch {
      return
    }
    const request = {
      stream: nameOf(options?.getStreamIdentifier()),
      expected: expectedOf(options, Number(options?.getRevision())),
      events,
    }
    await perform(node, request, call.getPeer(), {
      end: (ended) => callback(ended),
      refuse: (refusal) => refuse(refusal, call, (ended) => callback(ended)),
      answer: (outcome) => {
        if (outcome._tag !== 'TooLarge') return callback(null, appendResponse(outcome, request.expected))
        callback(
          callStatus(status.INVALID_ARGUMENT, `Maximum Append Size of ${outcome.limit} Exceeded.`, {
            exception: 'maximum-append-size-exceeded',
            'maximum-append-size': String(outcome.limit),
          }),
        )
      },
    })
  }
