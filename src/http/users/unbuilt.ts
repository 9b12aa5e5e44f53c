import type { Response } from 'express'
import type { UserId } from '../../../domain/identifiers.ts'
import { foldHistory } from '../../../domain/state/fold.ts'
import { isToldBy } from '../../../projections/unattributed.ts'
import type { RecordedEvent, Revision } from '../../eventStore/recordedEvent.ts'
import { streamOf, UNATTRIBUTED } from '../../ledger/streams.ts'
import type { Beside } from '../../readModel/besideStreams.ts'
import { readOrphans, readOwnEvents } from '../../readModel/userEvents.ts'
import { unavailable } from '../problem.ts'
import { answeredErased } from './erasedUser.ts'
import { folding, foldingLong } from './folding.ts'
import { ownReader } from './ownReader.ts'
import { HELD, hasRoom } from './roomForHistory.ts'
import { refuseBehind, type Sources } from './sources.ts'

/** What the log holds of a user, and what it is to be read by. */
export interface EventsOfLog extends Pick<Beside, 'corrections' | 'position'> {
  /** Where his stream ended before it was read; `undefined` where it held nothing. */
  readonly head: RecordedEvent | undefined
  /** `null` where it did not have to be read to know the orphans. */
  readonly own: readonly RecordedEvent[] | null
  readonly orphans: readonly RecordedEvent[]
}

/** A stream with so many events is long, and takes one of so many places until its answer is sent. */
const LONG = 1000
const LONG_AT_A_TIME = 4
let longOnes = 0

const hasPlace = (res: Response): boolean => {
  if (longOnes === LONG_AT_A_TIME) {
    unavailable(res, 'too-many-histories', 'too many long histories are being folded', 1)
    return false
  }
  longOnes += 1
  res.once('close', () => {
    longOnes -= 1
  })
  return true
}

/** Of the events of nobody that name the user, those that his own stream had not told him before. */
const untold = async (
  { store }: Pick<Sources, 'store'>,
  own: readonly RecordedEvent[],
  naming: readonly Revision[],
): Promise<readonly Revision[]> => {
  const events = await readOrphans(store, naming)
  const isTold = (event: RecordedEvent): boolean =>
    isToldBy(
      own.filter(({ position }) => position < event.position),
      event,
    )
  return folding(() => events.filter((event) => !isTold(event))).map(({ revision }) => revision)
}

/** The events of nobody that name him or speak of his documents: what those say may make further documents his. */
const orphansIn = async (
  sources: Pick<Sources, 'store' | 'erased'>,
  userId: UserId,
  own: readonly RecordedEvent[],
  { corrections, naming, speakingOf }: Beside,
): Promise<readonly RecordedEvent[]> => {
  const left = (revisions: readonly Revision[]): readonly Revision[] =>
    revisions.filter((revision) => !sources.erased.has({ stream: UNATTRIBUTED, revision }))
  const history = await foldingLong(() => ownReader(corrections).history(own, userId))
  const revisions = new Set(await untold(sources, own, left(naming(userId))))
  for (;;) {
    const before = revisions.size
    const orphans = await readOrphans(
      sources.store,
      [...revisions].sort((a, b) => a - b),
    )
    const { documents } = folding(() => foldHistory(userId, history, orphans, { corrections }))
    for (const { documentId } of documents) for (const revision of left(speakingOf(documentId))) revisions.add(revision)
    if (revisions.size === before) return orphans
  }
}

/**
 * What the log holds of a user while the read model is made, which knows whose documents the events of nobody speak of: that is found out
 * for him alone. `null`, after it was answered, where it cannot be told for certain, or he was erased. `held`: his stream is to be read, and so much is held of each event.
 */
export const eventsOfLog = async (
  sources: Sources,
  res: Response,
  userId: UserId,
  held: number | null,
): Promise<EventsOfLog | null> => {
  const { store } = sources
  const refused = (): null => {
    refuseBehind(res)
    return null
  }
  const beside = await sources.beside()
  if (beside === null) return refused()
  const [head] = await Array.fromAsync(store.readStream(streamOf(userId), { direction: 'backwards', limit: 1 }))
  // Of a server it may be a stream that was deleted: the log tells, which the projection reads.
  if (head === undefined && !store.embedded) return refused()
  const isRead = held !== null || !beside.isEmpty
  if (isRead && !hasRoom(res, (head?.revision ?? -1) + 1, held ?? HELD.status)) return null
  if (isRead && (head?.revision ?? 0) >= LONG && !hasPlace(res)) return null
  const own = !isRead ? null : head === undefined ? [] : await readOwnEvents(store, userId)
  // It went while it was read.
  if (own !== null && (own.at(-1)?.revision ?? -1) < (head?.revision ?? -1)) return refused()
  const orphans = own === null || beside.isEmpty ? [] : await orphansIn(sources, userId, own, beside)
  // Whatever was missing already is recorded by now.
  await sources.hearErasures()
  if (await answeredErased(sources, res, userId)) return null
  return { head, own, orphans, corrections: beside.corrections, position: beside.position }
}
