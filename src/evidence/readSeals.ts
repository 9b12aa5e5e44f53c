import * as E from 'fp-ts/lib/Either.js'
import type { EventStore } from '../eventStore/eventStore.ts'
import { isStoreDamaged, isStreamUnreadable } from '../eventStore/readFailure.ts'
import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import { readSeal, type Seal } from '../ledger/seals.ts'
import { SEALS } from '../ledger/streams.ts'
import { type Checkpoint, checkpointIn } from '../tlog/checkpoint.ts'
import { type VerifierKey, verifierKey } from '../tlog/keys.ts'
import { parseSignatures } from '../tlog/note.ts'
import { checkSignature, verifyCheckpoint } from '../tlog/verifyCheckpoint.ts'

/** A checkpoint as it stands in a log. */
export interface StandingCheckpoint {
  readonly event: RecordedEvent
  readonly checkpoint: Checkpoint
}

/** What the seals of a log show, beside whether they are of this log. */
export interface SealsRead {
  checkpoints: number
  /** The newest size that each witness has cosigned, by its name. */
  readonly cosigned: Map<string, number>
  timeStamps: number
}

interface Reading {
  /** Of the log and of witnesses, as somebody holds them; where the log's are missing, who has signed is not checked. */
  readonly keys: readonly VerifierKey[]
  readonly witnesses: readonly VerifierKey[]
  /** `null`: of the stream as a whole. */
  readonly tell: (event: RecordedEvent | null, what: string) => void
}

/** Checkpoints are cosigned one after the other: what is said of one comes soon after it. */
const KEPT = 1024
const PAGE_EVENTS = 256

const isOf = (key: VerifierKey, { name, keyId }: { readonly name: string; readonly keyId: Buffer }): boolean =>
  key.name === name && key.keyId.equals(keyId)

const logIn = (name: string): string | undefined => name.split('/')[0]

/** Once its end was lost a log signs with the same keys under another name. */
const underName = (name: string, key: VerifierKey): readonly VerifierKey[] =>
  logIn(key.name) === logIn(name) ? [verifierKey(name, key.type, key.publicKey)] : []

/** A checkpoint that each of the log's keys has signed; why it is none, otherwise. Without keys, any that can be read. */
const readSigned = (note: string, keys: readonly VerifierKey[]): E.Either<string, Checkpoint> => {
  const head = checkpointIn(note)
  if (keys.length === 0 || E.isLeft(head)) return head
  const own = keys.flatMap((key) => underName(head.right.origin, key))
  if (own.length === 0) return E.left(`it is of the log ${head.right.origin}, and the keys that are given are not`)
  const verified = verifyCheckpoint(note, own)
  if (E.isLeft(verified)) return verified
  const missing = own.find((key) => !verified.right.signed.some(({ by }) => by === key))
  return missing === undefined ? head : E.left(`${missing.name} (${missing.keyId.toString('hex')}) has not signed it`)
}

async function* pagesOf(store: EventStore): AsyncGenerator<readonly RecordedEvent[]> {
  for (let from = 0; ; ) {
    const page = await Array.fromAsync(store.readStream(SEALS, { from, limit: PAGE_EVENTS }))
    yield page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE_EVENTS) return
    from = last.revision + 1
  }
}

/**
 * Reads the stream of seals, and gives its checkpoints in their order; what is said of each by others is checked on the way,
 * and what is no seal told. A few are held at a time.
 */
export const readSeals = (store: EventStore, { keys, witnesses, tell }: Reading) => {
  const read: SealsRead = { checkpoints: 0, cosigned: new Map(), timeStamps: 0 }
  const kept = new Map<number, Checkpoint>()

  const keep = (checkpoint: Checkpoint): void => {
    kept.delete(checkpoint.size)
    kept.set(checkpoint.size, checkpoint)
    const [oldest] = kept.keys()
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest)
  }
  const hear = (
    event: RecordedEvent,
    { size, cosignatures, timeStamp }: Seal & { readonly _tag: 'Cosigned' },
  ): void => {
    const checkpoint = kept.get(size)
    if (checkpoint === undefined) return tell(event, `no checkpoint over ${size} events stands before it`)
    if (timeStamp !== null) read.timeStamps += 1
    const signatures = cosignatures === '' ? E.right([]) : parseSignatures(cosignatures)
    if (E.isLeft(signatures)) return tell(event, `cosignatures: ${signatures.left}`)
    for (const signature of signatures.right) {
      const by = witnesses.find((key) => isOf(key, signature))
      if (by === undefined) continue
      if (checkSignature(checkpoint, by, signature) !== null) read.cosigned.set(by.name, size)
      else tell(event, `the cosignature of ${by.name} over the checkpoint of ${size} events is not good`)
    }
  }

  const checkpointOf = (event: RecordedEvent): Checkpoint | null => {
    const seal = readSeal(event)
    if (seal === null) tell(event, 'it is no seal that this version can read')
    if (seal?._tag === 'Cosigned') hear(event, seal)
    if (seal?._tag !== 'Checkpoint') return null
    const checkpoint = readSigned(seal.note, keys)
    if (E.isRight(checkpoint)) return checkpoint.right
    tell(event, `its checkpoint cannot be relied on: ${checkpoint.left}`)
    return null
  }

  async function* checkpoints(): AsyncGenerator<StandingCheckpoint> {
    try {
      for await (const page of pagesOf(store)) {
        for (const event of page) {
          const checkpoint = checkpointOf(event)
          if (checkpoint === null) continue
          read.checkpoints += 1
          keep(checkpoint)
          yield { event, checkpoint }
        }
      }
    } catch (error) {
      if (!isStreamUnreadable(error) && !isStoreDamaged(error)) throw error
      tell(null, error.message)
    }
  }
  return { read, checkpoints }
}
