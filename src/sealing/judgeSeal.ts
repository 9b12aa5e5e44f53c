import * as E from 'fp-ts/lib/Either.js'
import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import { readSeal } from '../ledger/seals.ts'
import { checkpointIn } from '../tlog/checkpoint.ts'
import type { Hash } from '../tlog/hash.ts'
import type { VerifierKey } from '../tlog/keys.ts'
import { verifyCheckpoint } from '../tlog/verifyCheckpoint.ts'
import type { SealedCheckpoint } from './sealedLog.ts'

/** What seals are held against. */
export interface Judging {
  /** The log's, as it is called now. */
  readonly origin: string
  /** This node's key; none where it has none: then any seal of the log is held against the tree. */
  readonly keys: readonly VerifierKey[]
  readonly tree: { readonly size: () => number; readonly rootAt: (size: number) => Hash }
}

/** What an event of the stream of seals comes to. */
export type Judged =
  | { readonly _tag: 'Agrees'; readonly sealed: SealedCheckpoint }
  /** The tree is not the one that was sealed. `what`: for a person. */
  | { readonly _tag: 'Contradicts'; readonly size: number; readonly what: string }
  /** It was sealed with a key that is not this node's. */
  | { readonly _tag: 'OtherKey' }
  | {
      readonly _tag: 'Cosigned'
      readonly size: number
      readonly cosignatures: string
      readonly timeStamp: Uint8Array | null
    }
  /** Of the log before its end was lost, or nothing that this version knows. */
  | { readonly _tag: 'Passed' }

/** Holds a signed checkpoint against the tree. */
export const judgeNote = (note: string, { origin, keys, tree }: Judging): Exclude<Judged, { _tag: 'Cosigned' }> => {
  const head = checkpointIn(note)
  if (E.isLeft(head) || head.right.origin !== origin) return { _tag: 'Passed' }
  if (keys.length > 0 && E.isLeft(verifyCheckpoint(note, keys))) return { _tag: 'OtherKey' }
  const { size, root } = head.right
  if (size > tree.size()) {
    return { _tag: 'Contradicts', size, what: `${size} events were sealed, and the log has only ${tree.size()}` }
  }
  return tree.rootAt(size).equals(root)
    ? { _tag: 'Agrees', sealed: { size, root, signed: note, cosignatures: '', timeStamp: null } }
    : { _tag: 'Contradicts', size, what: `the first ${size} events of the log are not those that were sealed` }
}

/** Holds a seal against the tree, which has to hold all that stands before it in the log. */
export const judgeSeal = (event: RecordedEvent, judging: Judging): Judged => {
  const seal = readSeal(event)
  if (seal === null) return { _tag: 'Passed' }
  return seal._tag === 'Cosigned' ? seal : judgeNote(seal.note, judging)
}
