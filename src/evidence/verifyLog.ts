import type { EventStore } from '../eventStore/eventStore.ts'
import { isStreamUnreadable } from '../eventStore/readFailure.ts'
import type { Position, RecordedEvent, Revision, StreamName } from '../eventStore/recordedEvent.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import { KYC_LOG, SEALS } from '../ledger/streams.ts'
import { GrowingTree } from '../tlog/growingTree.ts'
import type { Hash } from '../tlog/hash.ts'
import type { VerifierKey } from '../tlog/keys.ts'
import type { WebhookSecret } from '../webhooks/signature.ts'
import { readAboutLog } from './aboutLog.ts'
import { type Look, lookAt, NO_LOOKS, WHAT_IS_WRONG } from './eventCheck.ts'
import { readSeals, type SealsRead } from './readSeals.ts'
import { leafOf } from './record.ts'
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
  /** How many leaves the tree has, and its root. */
  readonly size: number
  readonly root: Hash
  /** The root that the tree had at each of the sizes asked for, as far as it came. */
  readonly rootAt: ReadonlyMap<number, Hash>
  readonly seals: Readonly<SealsRead> & SealsVerified
  /** In the order of the log, at most `WRONG_TOLD`, and how many there are. */
  readonly wrong: readonly Wrong[]
  readonly wrongCount: number
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
const isWhole = async (store: EventStore, stream: StreamName, events: number): Promise<boolean> => {
  let shown = 0
  try {
    for await (const { revision } of store.readStream(stream)) {
      if (revision !== shown) return false
      shown += 1
    }
  } catch (error) {
    if (isStreamUnreadable(error)) return false
    throw error
  }
  return shown > 0 && shown >= events
}

/**
 * Of streams of which something was told that is no event, those that do not show all that they held: an administrator may have
 * written metadata that take nothing away. What a damaged file does not give is gone.
 */
const damagedOf = async (
  store: EventStore,
  altered: readonly StreamName[],
  eventsOf: (stream: StreamName) => number,
): Promise<readonly StreamName[]> => {
  if (store.embedded) return altered
  const damaged: StreamName[] = []
  for (const stream of altered) if (!(await isWhole(store, stream, eventsOf(stream)))) damaged.push(stream)
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
  const streams = checkStreams(corrections)
  const { read, checkpoints } = readSeals(store, { keys, witnesses, tell: tellSeal })
  const seals = await checkSeals(checkpoints(), identity?.logId ?? null, tell)
  let last: RecordedEvent | null = null

  const take = (event: RecordedEvent): void => {
    for (const what of streams.look(event)) tell(event, what)
    const look = lookAt(event, secrets)
    looks[look] += 1
    const what = WHAT_IS_WRONG[look]
    if (what !== undefined) tell(event, what)
    last = event
    if (event.stream !== SEALS) tree.add(leafOf(event))
  }
  const noteRoot = async (): Promise<void> => {
    if (wanted.has(tree.size)) rootAt.set(tree.size, tree.root())
    if (seals.isDue(tree.size)) await seals.hold(tree, last)
  }

  await noteRoot()
  for await (const events of store.readAll(null, (some) => {
    for (const stream of some) altered.add(stream)
  })) {
    for (const event of events) {
      take(event)
      if (event.stream !== SEALS && (wanted.has(tree.size) || seals.isDue(tree.size))) await noteRoot()
    }
  }
  const sealed = await seals.end(tree.size, last)
  return {
    identity,
    looks,
    size: tree.size,
    root: tree.root(),
    rootAt,
    seals: { ...read, ...sealed },
    wrong: wrong.toSorted(byPosition),
    wrongCount,
    damaged: await damagedOf(store, [...altered].sort(), streams.events),
  }
}
