import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { systemClock } from '../../../src/clock/clock.ts'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import type { NewEvent, StreamName } from '../../../src/eventStore/recordedEvent.ts'
import { leavesAt } from '../../../src/evidence/leaves.ts'
import { makeSealKey, readSealKey } from '../../../src/evidence/sealKey.ts'
import { readErased } from '../../../src/ledger/erased.ts'
import { establishIdentity, originOf } from '../../../src/ledger/logIdentity.ts'
import { ownEvent } from '../../../src/ledger/ownEvent.ts'
import { type Seal, sealEvent } from '../../../src/ledger/seals.ts'
import { ACCESSES, SEALS } from '../../../src/ledger/streams.ts'
import type { Checkpoint } from '../../../src/tlog/checkpoint.ts'
import { GrowingTree } from '../../../src/tlog/growingTree.ts'
import { formatSignature } from '../../../src/tlog/note.ts'
import type { Signer } from '../../../src/tlog/sign.ts'
import { eventsOf } from '../logs/logs.ts'
import { newDirectory } from '../newDirectory.ts'
import { right } from '../right.ts'
import { SIGNED_AT, signedCheckpoint } from './sealing.ts'

const append = async (store: EventStore, stream: StreamName, event: NewEvent): Promise<void> => {
  const [last] = await Array.fromAsync(store.readStream(stream, { direction: 'backwards', limit: 1 }))
  right(await store.append(stream, last?.revision ?? 'no-stream', [event])())
}

/** The head of the tree over the first `size` leaves of a log; over all, if it is not given. */
export const headOf = async (store: EventStore, origin: string, size?: number): Promise<Checkpoint> => {
  const erased = await readErased(store)
  const tree = new GrowingTree()
  for (const event of await eventsOf(store)) {
    for (const { leaf } of leavesAt(event, erased, tree.size)) if (tree.size !== size) tree.add(leaf)
  }
  const users = size === undefined ? erased.users.size : 0
  return { origin, size: tree.size, root: tree.root(), ...(users === 0 ? {} : { erased: users }) }
}

export const appendSeal = (store: EventStore, seal: Seal): Promise<void> =>
  append(store, SEALS, sealEvent(seal, systemClock()))

/** A log with an identity and a key, that is written to and sealed by hand. */
export const sealedByHand = async (store: EventStore) => {
  const origin = originOf(await establishIdentity(store, systemClock))
  const file = join(newDirectory(), 'seal-key.pem')
  makeSealKey(file)
  const signersUnder = (name: string): readonly Signer[] => readSealKey(file, name)
  const signers = signersUnder(origin)
  return {
    origin,
    signers,
    signersUnder,
    keys: signers.map(({ verifier }) => verifier),
    /** So many leaves more. */
    grow: async (events: number): Promise<void> => {
      for (let n = 0; n < events; n += 1) {
        const event = { type: 'kyc-ledger.access', data: { key: null, read: 'test' }, recordedAt: systemClock() }
        await append(store, ACCESSES, ownEvent(randomUUID(), event))
      }
    },
    /** As it stands, or with another head; gives what was sealed. */
    seal: async (changed: Partial<Checkpoint> = {}, by: readonly Signer[] = signers): Promise<Checkpoint> => {
      const head = { ...(await headOf(store, origin)), ...changed }
      await appendSeal(store, { _tag: 'Checkpoint', note: signedCheckpoint(head, by) })
      return head
    },
    /** What a witness says of a head; in the log it stands for the one of that size. */
    cosign: async (head: Checkpoint, witness: Signer): Promise<void> => {
      const cosignatures = formatSignature(witness.sign(head, SIGNED_AT))
      await appendSeal(store, { _tag: 'Cosigned', size: head.size, cosignatures, timeStamp: null })
    },
  }
}
