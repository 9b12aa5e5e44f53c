import type { Revision } from '../eventStore/recordedEvent.ts'
import type { Erased } from '../ledger/erased.ts'
import type { Seal } from '../ledger/seals.ts'
import { formatCheckpoint } from '../tlog/checkpoint.ts'
import { formatNote } from '../tlog/note.ts'
import type { Signer } from '../tlog/sign.ts'
import type { TreeWriter } from '../tree/treeWriter.ts'
import type { SealedCheckpoint } from './sealedLog.ts'
import type { SealAppended } from './words.ts'

/** The signed checkpoint of a tree as it stands, with how many users were erased by its events; made durable first: nobody is shown a tree that a crash takes back. */
export const signTree = (
  tree: TreeWriter,
  origin: string,
  signers: readonly Signer[],
  nowSeconds: number,
  erased: Erased,
): SealedCheckpoint => {
  tree.save()
  const size = tree.size()
  const users = erased.usersAt(tree.last()?.position ?? null)
  const checkpoint = { origin, size, root: tree.rootAt(size), ...(users === 0 ? {} : { erased: users }) }
  const signatures = signers.map(({ sign }) => sign(checkpoint, nowSeconds))
  const signed = formatNote({ text: formatCheckpoint(checkpoint), signatures })
  return { size, root: checkpoint.root, signed, cosignatures: '', timeStamp: null }
}

/** Asks for an append to the stream of seals, behind a revision. */
export type AppendSeal = (seal: Seal, behind: Revision) => Promise<SealAppended>
