import type { EndPoint } from '@eventstore/db-client'
import type { ExpectedRevision } from '../../appendOutcome.ts'
import { LacksRight } from './lacksRight.ts'
import { NoAnswer } from './within.ts'

/**
 * What an error of the client, or the answer to one append, means for the caller. After the first two it is not known
 * what became of the call.
 */
export type Failure =
  /** The node is gone, starting, stopping or electing. */
  | { readonly _tag: 'Unreachable'; readonly reason: string }
  /** No answer in time, be it of the node or of the nodes behind it. */
  | { readonly _tag: 'NoAnswer'; readonly reason: string }
  | { readonly _tag: 'NotLeader'; readonly leader: EndPoint }
  | { readonly _tag: 'WrongExpectedVersion'; readonly actual: ExpectedRevision }
  | { readonly _tag: 'StreamNotFound' }
  /** For good: nothing of it is shown, and it takes no event. */
  | { readonly _tag: 'StreamDeleted'; readonly reason: string }
  /** The user may not do this, or the server does not know him. */
  | { readonly _tag: 'Denied'; readonly reason: string }
  /** An answer, and the same one every time. */
  | { readonly _tag: 'Refused'; readonly reason: string }

/** What the client's errors may carry; their `name` and often `message` say nothing. */
interface ClientError {
  readonly type?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly leader?: EndPoint
  /** Of a removal; -1 where there is no stream. An append says so in its answer. */
  readonly actualVersion?: unknown
}

/** gRPC status codes. */
export const INVALID_ARGUMENT = 3
const DEADLINE_EXCEEDED = 4
const PERMISSION_DENIED = 7
const RESOURCE_EXHAUSTED = 8
const UNAUTHENTICATED = 16

const DENIED_CODES: readonly unknown[] = [PERMISSION_DENIED, UNAUTHENTICATED]
const REFUSED_CODES: readonly unknown[] = [INVALID_ARGUMENT, RESOURCE_EXHAUSTED]

const denied = (what = ''): Failure => ({
  _tag: 'Denied',
  reason: `the event store denies access${what}; check the credentials in EVENT_STORE and the rights of that user`,
})
/** Whatever it was that was asked for. */
export const DENIED = denied()

/** What an error says, without what gRPC puts around it. */
export const plain = (message: string): string =>
  message
    .replace(/^14 UNAVAILABLE: /, '')
    .replace(/^No connection established\. Last error: (Error: )?/, '')
    .replace(/\.? Resolution note: *$/, '')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** Refused for good; `reason` is for a person. */
export const refused = (reason: string): Failure => ({ _tag: 'Refused', reason })

export const STREAM_DELETED: Failure = { _tag: 'StreamDeleted', reason: 'the stream was deleted for good' }

/** Tells by `type` and code: the first failing call gets a typed error, the next ones a plain one with a code. */
export const failureOf = (error: unknown): Failure => {
  const { type, code, message, leader, actualVersion } = (error ?? {}) as ClientError
  const text = typeof message === 'string' && message !== '' ? plain(message) : String(type ?? code ?? 'unknown error')

  if (error instanceof LacksRight) return denied(` to ${text}`)
  if (error instanceof NoAnswer) return { _tag: 'NoAnswer', reason: text }
  switch (type) {
    case 'not-leader':
      return leader ? { _tag: 'NotLeader', leader } : { _tag: 'Unreachable', reason: text }
    case 'wrong-expected-version':
      return { _tag: 'WrongExpectedVersion', actual: Number(actualVersion) < 0 ? 'no-stream' : Number(actualVersion) }
    case 'stream-not-found':
      return { _tag: 'StreamNotFound' }
    case 'access-denied':
      return DENIED
    case 'stream-deleted':
      return STREAM_DELETED
    case 'invalid-argument':
      return refused(text)
    case 'timeout':
    case 'deadline-exceeded':
      return { _tag: 'NoAnswer', reason: text }
  }
  if (DENIED_CODES.includes(code)) return DENIED
  if (REFUSED_CODES.includes(code)) return refused(text)
  if (code === DEADLINE_EXCEEDED) return { _tag: 'NoAnswer', reason: text }
  return { _tag: 'Unreachable', reason: text }
}
