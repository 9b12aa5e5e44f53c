import type { EventStore } from '../eventStore/eventStore.ts'
import { isStreamUnreadable } from '../eventStore/readFailure.ts'
import type { Position, RecordedEvent, Revision, StreamName } from '../eventStore/recordedEvent.ts'
import { Erased } from '../ledger/erased.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import { isMissingEvent } from '../ledger/missingEvent.ts'
import { KYC_LOG, SEALS } from '../ledger/streams.ts'
import { GrowingTree } from '../tlog/growingTree.ts'
import type { Hash } from '../tlog/hash.ts'
import type { VerifierKey } from '../tlog/keys.ts'
import type { WebhookSecret } from '../webhooks/signature.ts'
import { readAboutLog } from './aboutLog.ts'
import { checkErasures } from './erasureCheck.ts'
import { type Look, lookAt, NO_LOOKS, WHAT_IS_WRONG } from './eventCheck.ts'
import { leavesAt, toldOfErased } from './leaves.ts'
import { checkParts, type PartsVerified } from './partsCheck.ts'
import { readSeals, type SealsRead } from './readSeals.ts'
import { leafOf } from './record.ts'
import { checkReleases } from './releaseCheck.ts'
import { checkSeals, type SealsVerified } from './sealCheck.ts'
import { checkStreams } from './streamCheck.ts'

/** Something that is wrong in a stream; where it is an event, its place. */
interface Wrong {
  readonly stream: StreamName
  readonly place: { readonly revision: Revision; readonly position: Position } | null
  readonly what: string
}

export interface LogVerified {
  /** `null` where the log does not tell it. */
  readonly identity: LogIdentity | null
  /** How many events showed what. */
  readonly looks: Readonly<Record<Look, number>>
  /** Of webhooks that speak of several users. */
  readonly parts: PartsVerified
  /** How many leaves the tree has, and its root. */
  readonly size: number
  readonly root: Hash
  /** The root that the tree had at each of the sizes asked for, as far as it came. */
  readonly rootAt: ReadonlyMap<number, Hash>
  readonly seals: Readonly<SealsRead> & SealsVerified
  /** In the order of the log, at most `WRONG_TOLD`, and how many there are. */
  readonly wrong: readonly Wrong[]
  readonly wrongCount: number
  /** Users and events that are recorded as erased, and how many of these events still stand in the log. */
  readonly erased: { readonly users: number; readonly events: number; readonly standing: number }
  /** Streams of which the store cannot give all that it holds. */
  readonly damaged: readonly StreamName[]
}

const WRONG_TOLD = 100

const positionIn = ({ place }: Wrong): Position => place?.position ?? ''

const byPosition = (a: Wrong, b: Wrong): number =>
  positionIn(a) === positionIn(b) ? 0 : positionIn(a) < positionIn(b) ? -1 : 1

interface VerifyOptions {
  /** The provider's; where none is given signatures are not checked. */
  readonly secrets: readonly WebhookSecret[]
  /** At which sizes of the tree its root is wanted. */
  readonly sizes?: readonly number[]
  /** The log's: each checkpoint in the log is signed by all of them; where none is given that is not checked. */
  readonly keys?: readonly VerifierKey[]
  /** Of witnesses: where they have cosigned a checkpoint, the signature is good. */
  readonly witnesses?: readonly VerifierKey[]
}

/** Whether a stream shows each of the events that the log has of it. */
const isWhole = async (store: EventStore, stream: StreamName, events: number, erased: Erased): Promise<boolean> => {
  let shown = erased.nextIn(stream, 0)
  try {
    for await (const { revision } of store.readStream(stream)) {
      if (erased.has({ stream, revision })) continue
      if (revision !== shown) return false
      shown = erased.nextIn(stream, shown + 1)
    }
  } catch (error) {
    if (isStreamUnreadable(error)) return false
    throw error
  }
  return (shown > 0 || erased.hasStream(stream)) && shown >= events
}

/**
 * Of streams of which something was told that is no event, those that do not show all that they held: an administrator may have
 * written metadata that take nothing away. What a damaged file does not give is gone.
 */
const damagedOf = async (
  store: EventStore,
  altered: readonly StreamName[],
  eventsOf: (stream: StreamName) => number,
  erased: Erased,
): Promise<readonly StreamName[]> => {
  if (store.embedded) return altered
  const damaged: StreamName[] = []
  for (const stream of altered) if (!(await isWhole(store, stream, eventsOf(stream), erased))) damaged.push(stream)
  return damaged
}

/**
 * Goes through a whole log: looks at each event by itself and in its stream, makes the tree over all of it (docs/evidence.md),
 * and holds that against the checkpoints in the log as it grows. Holds some numbers for each stream and nothing of the events.
 * Rejects where the store does.
 */
export const verifyLog = async (
  store: EventStore,
  { secrets, sizes = [], keys = [], witnesses = [] }: VerifyOptions,
): Promise<LogVerified> => {
  const looks = { ...NO_LOOKS }
  const tree = new GrowingTree()
  const wanted = new Set(sizes)
  const rootAt = new Map<number, Hash>()
  const altered = new Set<StreamName>()
  const wrong: Wrong[] = []
  let wrongCount = 0
  const note = (one: Wrong): void => {
    wrongCount += 1
    if (wrong.length < WRONG_TOLD) wrong.push(one)
  }
  const tell = ({ stream, revision, position }: RecordedEvent, what: string): void =>
    note({ stream, place: { revision, position }, what })
  const tellSeal = (event: RecordedEvent | null, what: string): void =>
    event === null ? note({ stream: SEALS, place: null, what }) : tell(event, what)

  const { identity, corrections, fault } = await readAboutLog(store)
  if (fault !== null) note({ stream: KYC_LOG, place: null, what: fault })
  const erased = new Erased()
  const streams = checkStreams(corrections, erased)
  const lookAtErasure = checkErasures()
  const parts = checkParts(erased)
  const lookAtRelease = checkReleases(store, erased)
  const { read, checkpoints } = readSeals(store, { keys, witnesses, tell: tellSeal })
  const seals = await checkSeals(checkpoints(), identity?.logId ?? null, tell)
  let last: RecordedEvent | null = null
  const usersByNow = (): number => erased.usersAt(last?.position ?? null)
  let standing = 0

  const look = async (event: RecordedEvent): Promise<void> => {
    for (const what of [...streams.look(event), ...lookAtErasure(event)]) tell(event, what)
    const look = lookAt(event, secrets)
    looks[look] += 1
    const what = WHAT_IS_WRONG[look]
    if (what !== undefined) tell(event, what)
    const asPart = what === undefined ? parts.look(event) : null
    if (asPart !== null) tell(event, asPart)
    if (look === 'own') for (const what of await lookAtRelease(event)) tell(event, what)
  }
  /** What is still there is the event that its record has the leaf of. */
  const lookAtErased = (event: RecordedEvent): void => {
    // A copy has put it where the event would stand, so that what comes behind keeps its revision.
    if (isMissingEvent(event)) return
    standing += 1
    const leaf = leafOf(event)
    const index = erased.indexOf(event)
    if (index === null || erased.leafAt(index)?.equals(leaf) !== true)
      tell(event, 'it is recorded as erased with the leaf of another event')
  }
  const noteRoot = async (): Promise<void> => {
    if (wanted.has(tree.size)) rootAt.set(tree.size, tree.root())
    if (seals.isDue(tree.size)) await seals.hold(tree, last, usersByNow())
  }

  const noteAltered = (some: readonly StreamName[]): void => {
    for (const stream of some) altered.add(stream)
  }

  await noteRoot()
  for await (const events of toldOfErased(store, erased, null, noteAltered)) {
    for (const event of events) {
      if (erased.has(event)) {
        lookAtErased(event)
        continue
      }
      await look(event)
      for (const { leaf, isErased } of leavesAt(event, erased, tree.size)) {
        // An erased event stood before this one.
        if (!isErased) last = event
        tree.add(leaf)
        if (wanted.has(tree.size) || seals.isDue(tree.size)) await noteRoot()
      }
      last = event
    }
  }
  const sealed = await seals.end(tree.size, last)
  return {
    identity,
    looks,
    parts: parts.end(tell),
    size: tree.size,
    root: tree.root(),
    rootAt,
    seals: { ...read, ...sealed },
    wrong: wrong.toSorted(byPosition),
    wrongCount,
    erased: { users: usersByNow(), events: erased.leaves, standing },
    damaged: await damagedOf(store, [...altered].sort(), streams.events, erased),
  }
}
