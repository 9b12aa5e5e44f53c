import sharedPb from '@eventstore/db-client/generated/shared_pb.js'
import streamsPb, {
  type AppendReq,
  type AppendResp,
  type BatchAppendReq,
  type BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js'
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js'
import type { Expected, Outcome } from './log.ts'

/** The expected revision, from the options of either call; `revision` is theirs when they name one. */
export const expectedOf = (
  options: AppendReq.Options | BatchAppendReq.Options | undefined,
  revision: number,
): Expected => {
  if (options?.hasAny()) return 'any'
  if (options?.hasNoStream()) return 'no-stream'
  return options?.hasStreamExists() ? 'stream-exists' : revision
}

type Wrong = Extract<Outcome, { readonly _tag: 'WrongExpectedVersion' }>
type Appended = Extract<Outcome, { readonly _tag: 'Appended' }>

export const appendResponse = (outcome: Wrong | Appended, expected: Expected): AppendResp => {
  const response = new streamsPb.AppendResp()
  if (outcome._tag === 'Appended') {
    const position = new streamsPb.AppendResp.Position()
    position.setCommitPosition(String(outcome.last.position)).setPreparePosition(String(outcome.last.position))
    const success = new streamsPb.AppendResp.Success()
    return response.setSuccess(success.setCurrentRevision(String(outcome.last.revision)).setPosition(position))
  }
  const wrong = new streamsPb.AppendResp.WrongExpectedVersion()
  if (outcome.actual === 'no-stream') wrong.setCurrentNoStream(new sharedPb.Empty())
  else wrong.setCurrentRevision(String(outcome.actual))
  if (expected === 'any') wrong.setExpectedAny(new sharedPb.Empty())
  else if (expected === 'no-stream') wrong.setExpectedNoStream(new sharedPb.Empty())
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new sharedPb.Empty())
  else wrong.setExpectedRevision(String(expected))
  return response.setWrongExpectedVersion(wrong)
}

export const batchSuccess = ({ last }: Appended): BatchAppendResp.Success => {
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
