import type { Hash } from '../tlog/hash.ts'
import type { TreeReader } from '../tree/treeReader.ts'

/** A checkpoint that stands in the log, and what others have said of it. */
export interface SealedCheckpoint {
  readonly size: number
  readonly root: Hash
  /** The note as the log has signed it (C2SP tlog-checkpoint). */
  readonly signed: string
  /** Signature lines of witnesses, each ended by a newline; they go right behind `signed`. Empty where there are none. */
  readonly cosignatures: string
  /** A time-stamp response over the SHA-256 of `signed` (RFC 3161, DER). */
  readonly timeStamp: Uint8Array | null
}

/** What can be shown of a sealed log. */
export interface SealedLog {
  /** The newest one; `null` before the first. */
  readonly latest: () => SealedCheckpoint | null
  /** What seals are checked with, a verifier key a line; none where this node seals nothing. */
  readonly keys: () => readonly string[]
  readonly tree: TreeReader
  /** Why nothing is sealed though it should be, for a person; `null` where nothing stands in the way. */
  readonly fault: () => string | null
}
