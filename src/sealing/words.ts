import type { EventStoreConfig } from '../eventStore/eventStoreConfig.ts'
import type { Position, Revision } from '../eventStore/recordedEvent.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import type { Seal } from '../ledger/seals.ts'
import type { Untrusted } from '../ledger/trustedStore.ts'
import type { SealedCheckpoint } from './sealedLog.ts'

// What the thread that seals and the rest of the service say to each other.

export interface SealingThreadData {
  readonly eventStore: EventStoreConfig
  readonly dataDir: string
  readonly identity: LogIdentity
  readonly everySeconds: number
  /** `null`: nothing is sealed. */
  readonly keyFile: string | null
  /** As `WITNESSES` has them: keys cannot be handed to a thread as they are. */
  readonly witnesses: string
  readonly timeStampUrl: string | null
  /** Whether the tree is made from the log again, whatever is there. */
  readonly isAnew: boolean
}

/** Why nothing is sealed, or that it is. */
export type SealingState =
  /** It is not wanted. */
  | 'off'
  /** The tree has not come to the end of the log yet. */
  | 'catching up'
  | 'sealing'
  | 'no key'
  /** The log is sealed with another key than this node has. */
  | 'another key'
  /** The log is not the one that was sealed. */
  | 'contradicted'
  /** The log cannot be read to its end. */
  | 'log damaged'

/** What the thread says. */
export type SealingSaid =
  /** How it stands; `why` for a person, where it is not as it should be. */
  | { readonly _tag: 'State'; readonly state: SealingState; readonly why: string | null }
  | { readonly _tag: 'Size'; readonly size: number }
  | { readonly _tag: 'Sealed'; readonly sealed: SealedCheckpoint; readonly at: number }
  /** Which part of the log is not the one that was sealed; `null`: none. Said once the tree has come to the end of the log. */
  | { readonly _tag: 'Untrusted'; readonly untrusted: Untrusted | null }
  | { readonly _tag: 'Warning'; readonly told: string }
  /** A witness has agreed, in milliseconds since 1970, or has not, and why. */
  | { readonly _tag: 'Witness'; readonly name: string; readonly agreedAt: number | null; readonly fault: string | null }
  /** To be appended to the stream of seals behind that revision, -1 for none; answered by its number. */
  | { readonly _tag: 'Append'; readonly number: number; readonly seal: Seal; readonly behind: Revision }

/** What became of an append. */
export type SealAppended =
  | { readonly _tag: 'Appended'; readonly revision: Revision }
  /** Somebody else has appended there. */
  | { readonly _tag: 'Taken' }
  | { readonly _tag: 'Failed'; readonly reason: string }

/**
 * What the thread is told: what became of an append; to save the tree once it has come to a position; that somebody has read damage out of the
 * tree's files; to seal what there is, and end.
 */
export type SealingWord =
  | { readonly _tag: 'Answer'; readonly number: number; readonly result: SealAppended }
  | { readonly _tag: 'Save'; readonly upTo: Position }
  | { readonly _tag: 'TreeDamaged' }
  | { readonly _tag: 'Stop' }
