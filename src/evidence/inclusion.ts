import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import type { Hash } from '../tlog/hash.ts'
import { inclusionProof } from '../tlog/tree.ts'
import { isIncluded } from '../tlog/verifyProof.ts'
import { isTreeDamaged } from '../tree/treeDamaged.ts'
import type { TreeReader } from '../tree/treeReader.ts'
import { leafOf } from './record.ts'

/**
 * How an event stands to a signed head of the log's tree:
 * - `included`: its leaf is at `index`, as `proof` shows;
 * - `later`: the head was signed before the event came;
 * - `other`: in its place the tree has the leaf of something else: it is not the event that was sealed;
 * - `damaged`: what is read of the tree does not lead to the signed root.
 */
export type Inclusion =
  | { readonly _tag: 'included'; readonly index: number; readonly proof: readonly Hash[] }
  | { readonly _tag: 'later' | 'other' | 'damaged' }

/** A head of the tree, as somebody has signed it. */
export interface SignedHead {
  readonly size: number
  readonly root: Hash
}

const lookFor = (event: RecordedEvent, { size, root }: SignedHead, tree: TreeReader): Inclusion => {
  const leaf = leafOf(event)
  const index = tree.indexOf(event.position, leaf)
  if (index === null) return { _tag: tree.reaches(event.position) ? 'other' : 'later' }
  if (index >= size) return { _tag: 'later' }
  const proof = inclusionProof(index, size, tree.subtree)
  return isIncluded(leaf, index, { size, root }, proof) ? { _tag: 'included', index, proof } : { _tag: 'damaged' }
}

/** What shows, or why nothing does, that an event is in the tree that was signed. Nothing is given that does not hold. */
export const inclusionOf = (event: RecordedEvent, head: SignedHead, tree: TreeReader): Inclusion => {
  try {
    return lookFor(event, head, tree)
  } catch (error) {
    if (isTreeDamaged(error) || error instanceof RangeError) return { _tag: 'damaged' }
    throw error
  }
}
