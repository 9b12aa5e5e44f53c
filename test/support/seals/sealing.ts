import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { leafOf } from '../../../src/evidence/record.ts'
import { makeSealKey, readSealKey } from '../../../src/evidence/sealKey.ts'
import { SEALS } from '../../../src/ledger/streams.ts'
import type { SealedCheckpoint, SealedLog } from '../../../src/sealing/sealedLog.ts'
import { type Checkpoint, formatCheckpoint } from '../../../src/tlog/checkpoint.ts'
import type { Hash } from '../../../src/tlog/hash.ts'
import { nodeHash } from '../../../src/tlog/hash.ts'
import { ED25519_COSIGNATURE, formatVerifierKey } from '../../../src/tlog/keys.ts'
import { formatNote, formatSignature } from '../../../src/tlog/note.ts'
import { type Signer, signer } from '../../../src/tlog/sign.ts'
import { type ReadSubtree, rootHash } from '../../../src/tlog/tree.ts'
import type { TreeReader } from '../../../src/tree/treeReader.ts'
import { newDirectory } from '../newDirectory.ts'

export const ORIGIN = '8de3d17c-e5e5-4612-8032-bdfa335f4c51'

/** When all that is signed here was. */
export const SIGNED_AT = 1_900_000_000

/** A key of a log, made anew, and the two verifier keys that go with it. */
export const newSealKey = (
  origin: string = ORIGIN,
): { readonly signers: readonly Signer[]; readonly keys: readonly string[] } => {
  const file = join(newDirectory(), 'seal-key.pem')
  makeSealKey(file)
  const signers = readSealKey(file, origin)
  return { signers, keys: signers.map(({ verifier }) => formatVerifierKey(verifier)) }
}

/** A witness with a key of its own. */
export const newWitness = (name: string): Signer =>
  signer(name, ED25519_COSIGNATURE, generateKeyPairSync('ed25519').privateKey)

const memoryTree = (leaves: readonly Hash[], events: readonly RecordedEvent[]): TreeReader => {
  const known = new Map<string, Hash>()
  const subtree: ReadSubtree = (height, index) => {
    const key = `${height} ${index}`
    const leaf = leaves[index]
    const hash =
      known.get(key) ??
      (height > 0 ? nodeHash(subtree(height - 1, 2 * index), subtree(height - 1, 2 * index + 1)) : leaf)
    if (hash === undefined) throw new RangeError('the tree does not hold it')
    known.set(key, hash)
    return hash
  }
  const indexes = new Map(events.map(({ position }, index) => [position, index]))
  return {
    subtree,
    tile: ({ level, n, width }) =>
      Buffer.concat(Array.from({ length: width }, (_, i) => subtree(8 * level, n * 256 + i))),
    indexOf: (position, leaf) => {
      const index = indexes.get(position)
      return index !== undefined && leaves[index]?.equals(leaf) ? index : null
    },
    reaches: (position) => position <= (events.at(-1)?.position ?? ''),
  }
}

/** A checkpoint as it stands in the log, signed by all of `signers`. */
export const signedCheckpoint = (checkpoint: Checkpoint, signers: readonly Signer[]): string =>
  formatNote({ text: formatCheckpoint(checkpoint), signatures: signers.map(({ sign }) => sign(checkpoint, SIGNED_AT)) })

export interface Sealed extends SealedLog {
  /** The leaves are those of the log as it stands now; the newest checkpoint covers the first `size`, all if it is not given. */
  readonly seal: (size?: number) => Promise<SealedCheckpoint>
}

/** What of a log can be shown once `seal` was called: a tree over all that it holds, and a checkpoint over its beginning. */
export const sealing = (
  store: EventStore,
  { signers, keys }: ReturnType<typeof newSealKey>,
  witnesses: readonly Signer[] = [],
): Sealed => {
  let latest: SealedCheckpoint | null = null
  let tree = memoryTree([], [])
  return {
    latest: () => latest,
    keys: () => keys,
    tree: {
      subtree: (height, index) => tree.subtree(height, index),
      tile: (tile) => tree.tile(tile),
      indexOf: (position, leaf) => tree.indexOf(position, leaf),
      reaches: (position) => tree.reaches(position),
    },
    seal: async (size) => {
      const events = (await Array.fromAsync(store.readAll())).flat().filter(({ stream }) => stream !== SEALS)
      tree = memoryTree(events.map(leafOf), events)
      const sealed = size ?? events.length
      const checkpoint = { origin: ORIGIN, size: sealed, root: rootHash(sealed, tree.subtree) }
      const cosignatures = witnesses.map(({ sign }) => formatSignature(sign(checkpoint, SIGNED_AT))).join('')
      latest = {
        size: sealed,
        root: checkpoint.root,
        signed: signedCheckpoint(checkpoint, signers),
        cosignatures,
        timeStamp: null,
      }
      return latest
    },
  }
}
