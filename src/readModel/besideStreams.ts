import { setImmediate } from 'node:timers/promises'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { type UnattributedRow, unattributedRow, unreadableRow } from '../../projections/unattributed.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { streamUnreadable } from '../eventStore/readFailure.ts'
import type { Position, RecordedEvent, Revision } from '../eventStore/recordedEvent.ts'
import { readClockRecords } from '../ledger/clockRecords.ts'
import type { Erased } from '../ledger/erased.ts'
import { KYC_LOG, UNATTRIBUTED } from '../ledger/streams.ts'

/** What an answer about a user rests on beside his own stream, as the log has it. */
export interface Beside {
  /** The log held all up to here before any of it was read; `null` where its end is not found. */
  readonly position: Position | null
  readonly corrections: readonly ReceiptCorrection[]
  /** Whether no event of the unattributed stream could be heard by anybody. */
  readonly isEmpty: boolean
  /** Revisions, in the unattributed stream, of the events that name the user. */
  readonly naming: (userId: UserId) => readonly Revision[]
  /** The same of those that speak of a document without naming its user. */
  readonly speakingOf: (documentId: string) => readonly Revision[]
}

/**
 * So many events of nobody are looked through, in a second of processor time, and their ids kept in some 10 MB. Where there
 * are more, nothing is told before the read model is made.
 */
const MOST_OF_NOBODY = 50_000

/** After so long the other requests get their turn. */
const TURN_MS = 10
const FORGOTTEN_WITHIN_MS = 1000

interface OfNobody {
  next: Revision
  count: number
  readonly naming: Map<UserId, Revision[]>
  readonly speakingOf: Map<string, Revision[]>
}

const nothing = (): OfNobody => ({ next: 0, count: 0, naming: new Map(), speakingOf: new Map() })

const rowOf = (event: RecordedEvent): UnattributedRow => {
  try {
    return unattributedRow(event)
  } catch {
    return unreadableRow(event)
  }
}

const add = <K>(to: Map<K, Revision[]>, key: K, revision: Revision): void => {
  const revisions = to.get(key)
  if (revisions === undefined) to.set(key, [revision])
  else revisions.push(revision)
}

/** Takes in what came to the unattributed stream. Throws where it does not show all that it holds; gives whether it is short enough. */
const hearOfNobody = async (store: EventStore, erased: Pick<Erased, 'nextIn'>, known: OfNobody): Promise<boolean> => {
  let turn = performance.now()
  for await (const event of store.readStream(UNATTRIBUTED, { from: known.next })) {
    if (event.revision > erased.nextIn(UNATTRIBUTED, known.next)) {
      throw streamUnreadable(`${UNATTRIBUTED} does not show its event at revision ${known.next}`)
    }
    if (known.count >= MOST_OF_NOBODY) return false
    const { documents, users } = rowOf(event)
    for (const userId of users) add(known.naming, userId, event.revision)
    for (const documentId of documents) add(known.speakingOf, documentId, event.revision)
    known.count += 1
    known.next = event.revision + 1
    if (performance.now() - turn < TURN_MS) continue
    await setImmediate()
    turn = performance.now()
  }
  return true
}

/** Where the log ends. A server's stream may be behind its log for a moment: then that is not told of. */
const endOf = async (store: EventStore): Promise<Position | null> => {
  const last = await store.lastEvent()
  if (last === null || store.embedded) return last?.position ?? null
  const [shown] = await Array.fromAsync(store.readStream(last.stream, { from: last.revision, limit: 1 }))
  return shown?.eventId === last.eventId ? last.position : null
}

/**
 * What the log says beside the streams of users, for answers that are given while the read model is made: read when it is asked for
 * the first time, read on each time after that, and forgotten once the read model `isBuilt`. Gives `null` where nothing can be told
 * without that; `isOfLogAlone`: nobody was told by a read model before of what the log may not show any more. Throws as reads of the log do. `store` as it may be believed, `standing` as it stands, by which wrong clocks are known.
 */
export const besideStreams = (
  store: EventStore,
  standing: EventStore,
  erased: Pick<Erased, 'nextIn'>,
  { isOfLogAlone, isBuilt }: { readonly isOfLogAlone: () => boolean; readonly isBuilt: () => boolean },
): (() => Promise<Beside | null>) => {
  let known: OfNobody | null = null
  let clockLog: Revision = -1
  let corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS
  let reading: Promise<unknown> = Promise.resolve()

  const begin = (): OfNobody => {
    const forgetting = setInterval(() => {
      if (!isBuilt()) return
      clearInterval(forgetting)
      known = null
    }, FORGOTTEN_WITHIN_MS).unref()
    return nothing()
  }
  const hearOfClocks = async (): Promise<void> => {
    const [last] = await Array.fromAsync(standing.readStream(KYC_LOG, { direction: 'backwards', limit: 1 }))
    if (last === undefined || last.revision === clockLog) return
    const records = await readClockRecords(standing)
    corrections = records.corrections.length === 0 ? NO_CORRECTIONS : records.corrections
    clockLog = last.revision
  }
  const read = async (): Promise<Beside | null> => {
    const position = await endOf(store)
    known ??= begin()
    const { naming, speakingOf } = known
    if (!(await hearOfNobody(store, erased, known))) return null
    await hearOfClocks()
    return {
      position,
      corrections,
      isEmpty: naming.size + speakingOf.size === 0,
      naming: (userId) => naming.get(userId) ?? [],
      speakingOf: (documentId) => speakingOf.get(documentId) ?? [],
    }
  }
  // One after the other: what is asked for later has to hold what came meanwhile.
  return async () => {
    if (!isOfLogAlone()) return null
    const now = reading.then(read, read)
    reading = now
    return now
  }
}
