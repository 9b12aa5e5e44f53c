import { constants, type ServerHttp2Stream } from 'node:http2'
import { Metadata, type StatusObject, status } from '@grpc/grpc-js'
import type { Refusal } from './faults.ts'

/** How a call ends: code, text and trailers. */
export type CallStatus = Pick<StatusObject, 'code' | 'details' | 'metadata'>

export const callStatus = (code: status, details: string, facts: Readonly<Record<string, string>> = {}): CallStatus => {
  const metadata = new Metadata()
  for (const [key, value] of Object.entries(facts)) metadata.set(key, value)
  return { code, details, metadata }
}

/** How EventStoreDB ends a call that it refuses. */
export const refusalStatus = (refusal: Exclude<Refusal, 'reset' | 'unanswered'>): CallStatus => {
  switch (refusal) {
    case 'unavailable':
      return callStatus(status.UNAVAILABLE, 'Server Is Too Busy')
    case 'not-ready':
      return callStatus(status.UNAVAILABLE, 'Server Is Not Ready')
    case 'deadline-exceeded':
      return callStatus(status.DEADLINE_EXCEEDED, 'Deadline exceeded')
    case 'access-denied':
      return callStatus(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' })
    default:
      return callStatus(status.NOT_FOUND, 'Leader info available', {
        exception: 'not-leader',
        'leader-endpoint-host': refusal.leader.address,
        'leader-endpoint-port': String(refusal.leader.port),
      })
  }
}

/** A call of grpc-js and what it keeps private: the stream below it, which only it can break off. */
interface CallOverHttp2 {
  readonly call: { readonly stream: ServerHttp2Stream }
}

/** Breaks a call off with RST_STREAM, which clients see as code 13. */
export const resetCall = (call: object): void =>
  (call as CallOverHttp2).call.stream.close(constants.NGHTTP2_INTERNAL_ERROR)

/** Ends a call with the refusal, or leaves it open when silence is the refusal. */
export const refuse = (refusal: Refusal, call: object, end: (status: CallStatus) => void): void => {
  if (refusal === 'unanswered') return
  if (refusal === 'reset') return resetCall(call)
  end(refusalStatus(refusal))
}
