import sharedPb from '@eventstore/db-client/generated/shared_pb.js'
import streamsPb, { type BatchAppendReq, type BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js'
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js'
import type { Expected, Outcome } from './log.ts'

export const expectedOf = (options: BatchAppendReq.Options): Expected => {
  if (options.hasAny()) return 'any'
  if (options.hasNoStream()) return 'no-stream'
  return options.hasStreamExists() ? 'stream-exists' : Number(options.getStreamPosition())
}

type Wrong = Extract<Outcome, { readonly _tag: 'WrongExpectedVersion' }>
type Appended = Extract<Outcome, { readonly _tag: 'Appended' }>

export const success = ({ last }: Appended): BatchAppendResp.Success => {
  const position = new sharedPb.AllStreamPosition()
  position.setCommitPosition(String(last.position)).setPreparePosition(String(last.position))
  return new streamsPb.BatchAppendResp.Success().setCurrentRevision(String(last.revision)).setPosition(position)
}

export const wrongExpectedVersion = ({ actual }: Wrong, expected: Expected): sharedPb.WrongExpectedVersion => {
  const wrong = new sharedPb.WrongExpectedVersion()
  if (actual === 'no-stream') wrong.setCurrentNoStream(new emptyPb.Empty())
  else wrong.setCurrentStreamRevision(String(actual))
  if (expected === 'any') wrong.setExpectedAny(new emptyPb.Empty())
  else if (expected === 'no-stream') wrong.setExpectedNoStream(new emptyPb.Empty())
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new emptyPb.Empty())
  else wrong.setExpectedStreamPosition(String(expected))
  return wrong
}

/** A number of a protobuf message, as its field is written. */
const numberField = (field: number, value: number): number[] => {
  const bytes = [field << 3]
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return [...bytes, rest]
}

/** The message `MaximumAppendEventSizeExceeded` of 25.0, which the client's generated code does not know. */
export const eventSizeExceeded = ({
  id,
  size,
  limit,
}: Extract<Outcome, { readonly _tag: 'EventTooLarge' }>): Uint8Array =>
  Uint8Array.from([(1 << 3) | 2, id.length, ...Buffer.from(id), ...numberField(2, size), ...numberField(3, limit)])
