import sharedPb from '@eventstore/db-client/generated/shared_pb.js'
import streamsPb, { type BatchAppendReq, type ReadResp } from '@eventstore/db-client/generated/streams_pb.js'
import type { LogEvent, ProposedEvent } from './logEvent.ts'
import { TOMBSTONE, TOMBSTONE_REVISION } from './streamMetadata.ts'

/** A place in `$all`: where an event stands (both numbers equal), or just before it (`prepare` 0). */
export interface Place {
  readonly commit: bigint
  readonly prepare: bigint
}

export const placeOf = (event: LogEvent): Place => ({ commit: event.position, prepare: event.position })

export const isAfter = (a: Place, b: Place): boolean =>
  a.commit === b.commit ? a.prepare > b.prepare : a.commit > b.commit

export const streamIdentifier = (name: string): sharedPb.StreamIdentifier => {
  const identifier = new sharedPb.StreamIdentifier()
  identifier.setStreamName(Buffer.from(name))
  return identifier
}

export const nameOf = (identifier: sharedPb.StreamIdentifier | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? []).toString()

export const proposedEvent = (message: BatchAppendReq.ProposedMessage): ProposedEvent => ({
  id: message.getId()?.getString() ?? '',
  type: message.getMetadataMap().get('type') ?? '',
  contentType: message.getMetadataMap().get('content-type') ?? '',
  data: message.getData_asU8(),
  metadata: message.getCustomMetadata_asU8(),
})

const TICKS_PER_MILLISECOND = 10_000n

export const eventMessage = (event: LogEvent): ReadResp => {
  const id = new sharedPb.UUID()
  id.setString(event.id)
  const recorded = new streamsPb.ReadResp.ReadEvent.RecordedEvent()
  recorded.setId(id)
  recorded.setStreamIdentifier(streamIdentifier(event.stream))
  recorded.setStreamRevision(event.revision === TOMBSTONE ? TOMBSTONE_REVISION : String(event.revision))
  recorded.setCommitPosition(String(event.position))
  recorded.setPreparePosition(String(event.position))
  recorded.setData(event.data)
  recorded.setCustomMetadata(event.metadata)
  recorded
    .getMetadataMap()
    .set('type', event.type)
    .set('content-type', event.contentType)
    .set('created', String(BigInt(event.created.getTime()) * TICKS_PER_MILLISECOND))
  const read = new streamsPb.ReadResp.ReadEvent()
  read.setEvent(recorded)
  read.setCommitPosition(String(event.position))
  const message = new streamsPb.ReadResp()
  message.setEvent(read)
  return message
}

export const streamNotFoundMessage = (stream: string): ReadResp => {
  const notFound = new streamsPb.ReadResp.StreamNotFound()
  notFound.setStreamIdentifier(streamIdentifier(stream))
  return new streamsPb.ReadResp().setStreamNotFound(notFound)
}

export const confirmationMessage = (subscriptionId: string): ReadResp => {
  const confirmation = new streamsPb.ReadResp.SubscriptionConfirmation()
  confirmation.setSubscriptionId(subscriptionId)
  return new streamsPb.ReadResp().setConfirmation(confirmation)
}

export const checkpointMessage = ({ commit, prepare }: Place): ReadResp => {
  const checkpoint = new streamsPb.ReadResp.Checkpoint()
  checkpoint.setCommitPosition(String(commit))
  checkpoint.setPreparePosition(String(prepare))
  return new streamsPb.ReadResp().setCheckpoint(checkpoint)
}

export const caughtUpMessage = (): ReadResp => new streamsPb.ReadResp().setCaughtUp(new streamsPb.ReadResp.CaughtUp())

export const fellBehindMessage = (): ReadResp =>
  new streamsPb.ReadResp().setFellBehind(new streamsPb.ReadResp.FellBehind())
