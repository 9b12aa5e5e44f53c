import type { EventStore } from '../eventStore/eventStore.ts'
import type { Position } from '../eventStore/recordedEvent.ts'
import { CLOCK_CORRECTED } from '../ledger/clockCorrected.ts'
import { KYC_LOG } from '../ledger/streams.ts'
import type { Untrusted } from '../ledger/trustedStore.ts'
import { positionOfLeaf } from './growTree.ts'
import { type Judging, judgeNote } from './judgeSeal.ts'
import { keepUntrusted, keptNote, keptUntrusted } from './kept.ts'
import type { Contradicted, SealsSeen } from './lookAtSeals.ts'
import type { OtherLog } from './others.ts'
import type { SealingSaid } from './words.ts'

/** Why the log is not the one that was sealed: by a checkpoint of its own, and by what each witness has shown. */
export interface Doubts {
  /** The one by which least is believed; `null` for none. */
  readonly gravest: () => Contradicted | null
  /** A checkpoint of the log itself does not agree. */
  readonly bySeal: (by: Contradicted) => Promise<void>
  readonly byWitness: (name: string, other: OtherLog) => Promise<void>
  /** A witness has a checkpoint of just this log: it has none of another one any more. That the others have is not settled by it. */
  readonly settledBy: (name: string) => Promise<void>
}

/**
 * What the seals in the log show, or, where those agree, the newest checkpoint that the directory keeps: whoever takes seals out of
 * the log does not take out that one.
 */
export const contradictedBy = (
  { contradicted, latest }: SealsSeen,
  judging: Judging,
  dataDir: string,
): Contradicted | null => {
  if (contradicted !== null) return contradicted
  const judged = judgeNote(keptNote(dataDir), judging)
  // One that ends before it is refused when the service starts; later it is this tree that may be behind.
  if (judged._tag !== 'Contradicts' || judged.size > judging.tree.size()) return null
  const { size, what } = judged
  const agreedSize = latest !== null && latest.size < size ? latest.size : 0
  return { agreedSize, size, revision: null, what: `${what}, as the checkpoint that ${dataDir} keeps shows` }
}

interface Doubting {
  readonly store: EventStore
  readonly dataDir: string
  readonly origin: string
  readonly say: (said: SealingSaid) => void
  /** The read model was made from this log alone: who lost his last event is answered as if it had never been. */
  readonly isAnew: boolean
}

/** A record of a wrong clock says how the receipts of anybody are read: where one cannot be believed, nobody's can. */
const holdsClockRecord = async (store: EventStore, after: Position | null): Promise<boolean> => {
  for await (const events of store.readAll(after, () => undefined)) {
    if (events.some(({ stream, type }) => stream === KYC_LOG && type === CLOCK_CORRECTED)) return true
  }
  return false
}

/** Behind which position nothing is believed, where the first `agreedSize` events are those of a seal. */
const untrustedBehind = async (store: EventStore, agreedSize: number): Promise<Untrusted> => {
  const after = await positionOfLeaf(store, agreedSize - 1)
  return { after: (await holdsClockRecord(store, after)) ? null : after }
}

/** Begins with what a checkpoint of the log shows, and with what witnesses had shown when that was kept. */
export const openDoubts = async (
  { store, dataDir, origin, say, isAnew }: Doubting,
  first: Contradicted | null,
): Promise<Doubts> => {
  let ofLog = first
  const kept = keptUntrusted(dataDir)
  const shown = new Map((kept?.origin === origin ? kept.witnesses : []).map(({ name, what }) => [name, what]))
  // Nobody is certain then, nor at any later start.
  const isOfNobody = isAnew || (kept?.origin === origin && kept.after === null)
  let changes = 0

  const gravest = (): Contradicted | null => {
    const [what] = shown.values()
    return what === undefined ? ofLog : { agreedSize: 0, size: 0, revision: null, what }
  }
  const tell = async (): Promise<void> => {
    changes += 1
    const mine = changes
    const by = gravest()
    const behind = by === null || isOfNobody ? { after: null } : await untrustedBehind(store, by.agreedSize)
    const untrusted = by === null ? null : behind
    // Whoever came to know more meanwhile tells it.
    if (mine !== changes) return
    const witnesses = [...shown].map(([name, what]) => ({ name, what }))
    keepUntrusted(dataDir, untrusted === null ? null : { ...untrusted, origin, witnesses })
    say({ _tag: 'Untrusted', untrusted })
  }

  await tell()
  return {
    gravest,
    bySeal: async (by) => {
      if (ofLog !== null) return
      ofLog = by
      await tell()
    },
    byWitness: async (name, { what }) => {
      if (shown.get(name) === what) return
      shown.set(name, what)
      await tell()
    },
    settledBy: async (name) => {
      if (shown.delete(name)) await tell()
    },
  }
}
