import type { EventStore } from '../eventStore/eventStore.ts'
import type { Position, RecordedEvent, Revision, StreamName } from '../eventStore/recordedEvent.ts'
import { SEALS } from '../ledger/streams.ts'
import { GrowingTree } from '../tlog/growingTree.ts'
import type { Hash } from '../tlog/hash.ts'
import type { WebhookSecret } from '../webhooks/signature.ts'
import { type Look, lookAt } from './eventCheck.ts'
import { leafOf } from './record.ts'

/** An event of which something is wrong, by its place. */
interface Wrong {
  readonly stream: StreamName
  readonly revision: Revision
  readonly position: Position
  readonly what: string
}

export interface LogVerified {
  /** How many events showed what. */
  readonly looks: Readonly<Record<Look, number>>
  /** How many leaves the tree has, and its root. */
  readonly size: number
  readonly root: Hash
  /** The root that the tree had at each of the sizes asked for, as far as it came. */
  readonly rootAt: ReadonlyMap<number, Hash>
  /** In the order of the log, at most `WRONG_TOLD`, and how many there are. */
  readonly wrong: readonly Wrong[]
  readonly wrongCount: number
  /** Streams of which the store cannot give all that it holds. */
  readonly damaged: readonly StreamName[]
}

const WRONG_TOLD = 100

/** Which looks show that something is wrong, in words. */
export const WHAT_IS_WRONG: Readonly<Partial<Record<Look, string>>> = {
  altered: 'its payload is not the one that was recorded: their hashes differ',
  unreadable: 'it is no webhook with its metadata, and was not written by this service',
  forged: "the provider's signature over its payload is not good",
}

interface VerifyOptions {
  /** The provider's; where none is given signatures are not checked. */
  readonly secrets: readonly WebhookSecret[]
  /** At which sizes of the tree its root is wanted. */
  readonly sizes?: readonly number[]
}

/**
 * Goes through a whole log: looks at each event by itself, whether each stream runs without a gap, and makes the tree over
 * all of it (docs/evidence.md). Holds one number for each stream and nothing of the events. Rejects where the store does.
 */
export const verifyLog = async (store: EventStore, { secrets, sizes = [] }: VerifyOptions): Promise<LogVerified> => {
  const looks = { own: 0, altered: 0, unreadable: 0, signed: 0, 'other-secret': 0, forged: 0 }
  const tree = new GrowingTree()
  const wanted = new Set(sizes)
  const rootAt = new Map<number, Hash>()
  const next = new Map<StreamName, Revision>()
  const damaged = new Set<StreamName>()
  const wrong: Wrong[] = []
  let wrongCount = 0
  const tell = ({ stream, revision, position }: RecordedEvent, what: string): void => {
    wrongCount += 1
    if (wrong.length < WRONG_TOLD) wrong.push({ stream, revision, position, what })
  }
  const noteRoot = (): void => {
    if (wanted.has(tree.size)) rootAt.set(tree.size, tree.root())
  }
  const take = (event: RecordedEvent): void => {
    const expected = next.get(event.stream) ?? 0
    if (event.revision !== expected) tell(event, `its stream should go on with revision ${expected} here`)
    next.set(event.stream, event.revision + 1)
    const look = lookAt(event, secrets)
    looks[look] += 1
    const what = WHAT_IS_WRONG[look]
    if (what !== undefined) tell(event, what)
    if (event.stream === SEALS) return
    tree.add(leafOf(event))
    noteRoot()
  }

  noteRoot()
  for await (const events of store.readAll(null, (streams) => {
    for (const stream of streams) damaged.add(stream)
  })) {
    for (const event of events) take(event)
  }
  return { looks, size: tree.size, root: tree.root(), rootAt, wrong, wrongCount, damaged: [...damaged].sort() }
}
