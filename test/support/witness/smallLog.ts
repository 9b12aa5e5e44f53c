import { type Hash, leafHash, nodeHash } from '../../../src/tlog/hash.ts'
import { formatVerifierKey, type VerifierKey } from '../../../src/tlog/keys.ts'
import type { Signer } from '../../../src/tlog/sign.ts'
import { formatSubmission } from '../../../src/tlog/submission.ts'
import { consistencyProof, type ReadSubtree, rootHash } from '../../../src/tlog/tree.ts'
import { newSealKey, signedCheckpoint } from '../seals/sealing.ts'

/** A log in memory with a key of its own, that signs whatever it is told to. */
export interface SmallLog {
  readonly origin: string
  readonly records: readonly Buffer[]
  readonly subtree: ReadSubtree
  readonly signers: readonly Signer[]
  /** The Ed25519 key. */
  readonly key: VerifierKey
  /** The same in a line. */
  readonly vkey: string
  readonly root: (size: number) => Hash
  readonly proof: (old: number, size: number) => readonly Hash[]
  /** The signed checkpoint of the tree over its first leaves. */
  readonly signed: (size: number) => string
  /** The body of an `add-checkpoint` request. */
  readonly submission: (old: number, size: number) => string
  /** Another history of this log, under the same key: from the leaf `from` on others follow. */
  readonly rewritten: (from: number) => SmallLog
}

const overRecords = (origin: string, signers: readonly Signer[], records: readonly Buffer[]): SmallLog => {
  const [first] = signers
  if (first === undefined) throw new Error('a log has a key')
  const subtree: ReadSubtree = (height, index) => {
    if (height > 0) return nodeHash(subtree(height - 1, 2 * index), subtree(height - 1, 2 * index + 1))
    const record = records[index]
    if (record === undefined) throw new RangeError('the log does not hold it')
    return leafHash(record)
  }
  const root = (size: number): Hash => rootHash(size, subtree)
  const signed = (size: number): string => signedCheckpoint({ origin, size, root: root(size) }, signers)
  const proof = (old: number, size: number): readonly Hash[] => consistencyProof(old, size, subtree)
  return {
    origin,
    records,
    subtree,
    signers,
    key: first.verifier,
    vkey: formatVerifierKey(first.verifier),
    root,
    proof,
    signed,
    submission: (old, size) => formatSubmission({ old, proof: proof(old, size), note: signed(size) }),
    rewritten: (from) =>
      overRecords(
        origin,
        signers,
        records.map((record, index) => (index < from ? record : Buffer.concat([record, Buffer.from('!')]))),
      ),
  }
}

/** One of so many leaves. */
export const smallLog = (origin: string, size = 20): SmallLog =>
  overRecords(
    origin,
    newSealKey(origin).signers,
    Array.from({ length: size }, (_, index) => Buffer.from(`record ${index}`)),
  )
