import { isAltered } from '../../domain/event/altered.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Position, RecordedEvent, Revision, StreamName } from '../eventStore/recordedEvent.ts'
import { type Erased, readErased, withoutErased } from '../ledger/erased.ts'
import { isRecordOfCopy } from '../ledger/logIdentity.ts'
import { isMissingEvent } from '../ledger/missingEvent.ts'
import { KYC_LOG } from '../ledger/streams.ts'
import { readPatiently, type Side, type Teller, teller } from './teller.ts'

/** How far the target holds what the source holds. */
export interface Common {
  readonly events: number
  /** Where the last of them stands in the source. */
  readonly until: Position | null
  /**
   * By how much the revisions of `kyc-log` are higher in the target. That a log was copied is recorded in the copy alone: such
   * a record belongs to the store in which it stands, and one that the other store lacks is passed over.
   */
  readonly shift: number
  /** The events of `kyc-log` on either side. */
  readonly sourceLog: readonly RecordedEvent[]
  readonly targetLog: readonly RecordedEvent[]
  readonly gone: Gone
  /** What the source has erased. */
  readonly erased: Erased
  /** Events that both hold, and that are not what was received. */
  readonly altered: readonly RecordedEvent[]
}

/** Revisions that the source shows no more, by stream: the first and the last of them. */
export type Gone = ReadonlyMap<StreamName, readonly [Revision, Revision]>

async function* one(store: EventStore, side: Side, tell: Teller): AsyncGenerator<RecordedEvent> {
  for await (const events of readPatiently(store, side, tell)) yield* events
}

/** The revision that an event of the source has in the target. */
export const revisionThere = ({ stream, revision }: RecordedEvent, shift: number): number =>
  stream === KYC_LOG ? revision + shift : revision

const isSame = (source: RecordedEvent, target: RecordedEvent, shift: number): boolean =>
  source.stream === target.stream &&
  revisionThere(source, shift) === target.revision &&
  source.eventId === target.eventId &&
  source.type === target.type &&
  source.data === target.data &&
  source.metadata === target.metadata

const ANEW = 'copy into an empty store'

const told = ({ stream, revision, eventId }: RecordedEvent): string => `${stream} @ ${revision} (${eventId})`

/**
 * Compares the logs event by event to the end of the target's, as if what the source has erased had never been. Throws at the first event that
 * is not the source's, nor stands for one that the source shows no more; and where events were erased since they were copied, or would have
 * other leaves in the target.
 */
export const compareLogs = async (from: EventStore, to: EventStore): Promise<Common> => {
  const tell = teller('compared')
  const erased = await readErased(from)
  const source = one(withoutErased(from, erased), 'source', tell)
  const sourceLog: RecordedEvent[] = []
  const targetLog: RecordedEvent[] = []
  const gone = new Map<StreamName, readonly [Revision, Revision]>()
  const altered: RecordedEvent[] = []
  let [events, shift] = [0, 0]
  let until: Position | null = null
  let next = await source.next()
  const goOn = async (event: RecordedEvent): Promise<void> => {
    if (event.stream === KYC_LOG) sourceLog.push(event)
    next = await source.next()
  }
  for await (const held of one(to, 'target', tell)) {
    if (erased.has(held)) {
      if (isMissingEvent(held)) continue
      throw new Error(`${told(held)} was erased in the source since it was copied: ${ANEW}`)
    }
    if (held.stream === KYC_LOG) targetLog.push(held)
    while (!next.done && !isSame(next.value, held, shift) && !isRecordOfCopy(held) && isRecordOfCopy(next.value)) {
      shift -= 1
      await goOn(next.value)
    }
    if (!next.done && isSame(next.value, held, shift)) {
      events += 1
      until = next.value.position
      if (isAltered(next.value)) altered.push(next.value)
      tell.has(events)
      await goOn(next.value)
    } else if (isRecordOfCopy(held)) shift += 1
    else if (isMissingEvent(held)) gone.set(held.stream, [gone.get(held.stream)?.[0] ?? held.revision, held.revision])
    else {
      const instead = next.done ? 'the source ends' : `the source holds ${told(next.value)}`
      throw new Error(`the target holds other events: ${told(held)}, where ${instead}`)
    }
  }
  // Behind the record of a copy, which stands in the target alone, the same events have other leaves than their erasure says.
  if (shift > 0 && erased.leaves > (await readErased(to)).leaves) {
    throw new Error(`events were erased in the source since the last pass: ${ANEW}`)
  }
  return { events, until, shift, sourceLog, targetLog, gone, altered, erased }
}
