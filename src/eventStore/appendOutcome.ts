import type { Position, Revision, StreamName } from './recordedEvent.ts'

/** What a stream must look like for an append to be taken: no event yet, or its last event at exactly this revision. */
export type ExpectedRevision = 'no-stream' | Revision

/** Where an append put its last event. */
export interface Appended {
  readonly revision: Revision
  readonly position: Position
  /** These very events stood there before: an earlier append wrote them, of this writer or of another one, or still did. */
  readonly already?: true
}

/** The stream did not stand where the append expected it; nothing was written. */
export interface WrongExpectedVersion {
  readonly _tag: 'WrongExpectedVersion'
  readonly stream: StreamName
  readonly expected: ExpectedRevision
  readonly actual: ExpectedRevision
}

/** The store could not be asked, or did not answer in time. The append may or may not have happened. */
export interface StoreUnavailable {
  readonly _tag: 'StoreUnavailable'
  readonly reason: string
}

export const storeUnavailable = (reason: string): StoreUnavailable => ({ _tag: 'StoreUnavailable', reason })

/** The store refuses these events for good (too large, an event id it already holds elsewhere); trying again is no use. */
export interface AppendRefused {
  readonly _tag: 'AppendRefused'
  readonly reason: string
}

export const appendRefused = (reason: string): AppendRefused => ({ _tag: 'AppendRefused', reason })

/** Of every append to a store that was opened for reading, and of every removal. */
export const OPENED_FOR_READING = appendRefused('this event store was opened for reading only')

/**
 * The stream was erased: it holds nothing, and takes nothing any more. Whether by right or by a foreign hand the store does not
 * know: that is told by the record of the erasure, or by there being none.
 */
export interface StreamErased {
  readonly _tag: 'StreamErased'
  readonly stream: StreamName
}

export const streamErased = (stream: StreamName): StreamErased => ({ _tag: 'StreamErased', stream })

export type AppendError = WrongExpectedVersion | StoreUnavailable | AppendRefused | StreamErased

/** Why an append that met no other revision came to nothing, for a person. */
export const reasonOf = (error: Exclude<AppendError, WrongExpectedVersion>): string =>
  error._tag === 'StreamErased' ? `the stream ${error.stream} was erased` : error.reason
