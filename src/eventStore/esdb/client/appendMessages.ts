import sharedPb from '@eventstore/db-client/generated/shared_pb.js'
import streamsPb, { type BatchAppendReq, type BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js'
import * as E from 'fp-ts/lib/Either.js'
import type { Appended, ExpectedRevision } from '../../appendOutcome.ts'
import { positionOf } from '../stored/position.ts'
import { revisionOf } from '../stored/revision.ts'
import type { ProposedEvent } from '../stored/storedEvent.ts'
import { failureOfStatus } from './appendStatus.ts'
import type { Failure } from './failure.ts'

/**
 * One append, whole in one message, under an id of its own that the answer names. It has no deadline: that would be a
 * time of this machine's clock, and the server asks for none once it holds the whole append.
 */
export const appendRequest = (
  correlationId: string,
  stream: string,
  expected: ExpectedRevision,
  events: readonly ProposedEvent[],
): BatchAppendReq => {
  const options = new streamsPb.BatchAppendReq.Options()
  options.setStreamIdentifier(new sharedPb.StreamIdentifier().setStreamName(Buffer.from(stream)))
  if (expected === 'no-stream') options.setNoStream(new sharedPb.Empty())
  else options.setStreamPosition(String(expected))
  return new streamsPb.BatchAppendReq()
    .setCorrelationId(new sharedPb.UUID().setString(correlationId))
    .setOptions(options)
    .setProposedMessagesList([...events])
    .setIsFinal(true)
}

/** Where the events stand, or why they were not taken. An answer that says neither is as good as none. */
export const appendAnswer = (response: BatchAppendResp): E.Either<Failure, Appended> => {
  try {
    const error = response.getError()
    if (error !== undefined) return E.left(failureOfStatus(error))
    const success = response.getSuccess()
    const revision = success?.hasCurrentRevision() ? revisionOf(success.getCurrentRevision()) : null
    const position = success?.getPosition()
    if (revision !== null && position !== undefined) {
      const place = { commit: BigInt(position.getCommitPosition()), prepare: BigInt(position.getPreparePosition()) }
      return E.right({ revision, position: positionOf(place) })
    }
    // The server remembers these ids at this revision, and shows them no more: the stream was deleted or cut since.
    if (revision !== null) return E.left({ _tag: 'WrongExpectedVersion', actual: revision })
  } catch {
    // Details that are not what they are called.
  }
  return E.left({ _tag: 'NoAnswer', reason: 'the event store did not say where the events stand' })
}
