import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import { leafOf } from '../../../src/evidence/record.ts'
import { makeSealKey, readSealKey } from '../../../src/evidence/sealKey.ts'
import { SEALS } from '../../../src/ledger/streams.ts'
import type { SealedCheckpoint, SealedLog } from '../../../src/sealing/sealedLog.ts'
import { type Checkpoint, formatCheckpoint } from '../../../src/tlog/checkpoint.ts'
import { ED25519_COSIGNATURE, formatVerifierKey } from '../../../src/tlog/keys.ts'
import { formatNote, formatSignature } from '../../../src/tlog/note.ts'
import { type Signer, signer } from '../../../src/tlog/sign.ts'
import { openTree } from '../../../src/tree/openTree.ts'
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

/** A checkpoint as it stands in the log, signed by all of `signers`. */
export const signedCheckpoint = (checkpoint: Checkpoint, signers: readonly Signer[]): string =>
  formatNote({ text: formatCheckpoint(checkpoint), signatures: signers.map(({ sign }) => sign(checkpoint, SIGNED_AT)) })

export interface Sealed extends SealedLog {
  /** The leaves are those of the log as it stands now; the newest checkpoint covers the first `size`, all if it is not given. */
  readonly seal: (size?: number) => Promise<SealedCheckpoint>
}

interface SealingOptions {
  readonly witnesses?: readonly Signer[]
  /** A time-stamp response over what the log has signed. */
  readonly timeStamp?: (signed: string) => Uint8Array
}

/** What of a log can be shown once `seal` was called: a tree on disk over all that it holds, and a checkpoint over its beginning. */
export const sealing = (
  store: EventStore,
  { signers, keys }: ReturnType<typeof newSealKey>,
  { witnesses = [], timeStamp }: SealingOptions = {},
): Sealed => {
  const tree = openTree(join(newDirectory(), 'tree'), { logId: ORIGIN, generation: 0, losses: 0 })
  let latest: SealedCheckpoint | null = null
  return {
    latest: () => latest,
    keys: () => keys,
    tree,
    fault: () => null,
    seal: async (size) => {
      for await (const events of store.readAll(tree.last()?.position ?? null)) {
        for (const event of events) if (event.stream !== SEALS) tree.add(leafOf(event), event)
      }
      tree.save()
      const checkpoint = { origin: ORIGIN, size: size ?? tree.size(), root: tree.rootAt(size ?? tree.size()) }
      const signed = signedCheckpoint(checkpoint, signers)
      latest = {
        size: checkpoint.size,
        root: checkpoint.root,
        signed,
        cosignatures: witnesses.map(({ sign }) => formatSignature(sign(checkpoint, SIGNED_AT))).join(''),
        timeStamp: timeStamp?.(signed) ?? null,
      }
      return latest
    },
  }
}
