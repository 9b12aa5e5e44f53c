import type { PurgeAnswer, PurgeRequest } from '../sqlite/askToPurge.ts'
import type { DoneAs, JournalReason, Kept } from './entry.ts'
import type { Bounds } from './shares.ts'

/** What the thread that writes the journal is given. */
export interface JournalThreadData {
  readonly file: string
  readonly bounds: Bounds
}

export interface KeepRequest {
  readonly fingerprint: Uint8Array
  readonly size: number
  readonly kept: number
  /** RFC 3339, as all times here. */
  readonly receivedAt: string
  readonly reason: JournalReason
  readonly contentType: string | null
  readonly contentEncoding: string | null
  readonly source: string | null
  readonly body: Uint8Array
}

/** What crosses to the thread that writes. */
export type JournalRequest =
  | ({ readonly _tag: 'Keep' } & KeepRequest)
  /** One that was submitted again, and is refused again. */
  | { readonly _tag: 'StillKept'; readonly id: number; readonly reason: JournalReason }
  | { readonly _tag: 'Done'; readonly id: number; readonly as: DoneAs; readonly at: string }
  /** It speaks of somebody who was erased: it goes. */
  | { readonly _tag: 'LetGo'; readonly id: number }
  /** What last came before a time goes. */
  | { readonly _tag: 'Expire'; readonly before: string }
  /** What speaks of any of these users goes. */
  | { readonly _tag: 'Forget'; readonly userIds: ReadonlySet<string> }
  | ({ readonly _tag: 'Purge' } & PurgeRequest)

/** What comes back: where a delivery is kept, how many were forgotten, or how far a purge has come. */
export type JournalResult = Kept | { readonly forgotten: number } | PurgeAnswer | null
