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
