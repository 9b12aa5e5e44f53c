import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { type Clock, systemClock } from '../clock/clock.ts'
import { type EventStoreConfig, readEventStore } from '../config/eventStoreConfig.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { openEventStore } from '../eventStore/openEventStore.ts'
import { patient } from '../eventStore/patientStore.ts'
import type { Position, RecordedEvent, Revision, StreamName } from '../eventStore/recordedEvent.ts'
import { identityIn, isRecordOfCopy, LOG_COPIED } from '../ledger/logIdentity.ts'
import { isMissingEvent } from '../ledger/missingEvent.ts'
import { ownEvent } from '../ledger/ownEvent.ts'
import { KYC_LOG } from '../ledger/streams.ts'
import { appendRun, type Run } from './appendRun.ts'

const USAGE = 'usage: copy --from <event store> --to <event store> (sqlite:<file>, or esdb://…)'

/** So often a line says how far it is. */
const TELL_EVERY_MS = 2000

/** One append holds so many UTF-16 units of text at most; EventStoreDB takes 1 MiB at once. */
const MOST_UNITS = 256 * 1024

/** How far the target holds what the source holds. */
interface Common {
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
}

/** Revisions that the source shows no more, by stream: the first and the last of them. */
type Gone = ReadonlyMap<StreamName, readonly [Revision, Revision]>

type Side = 'source' | 'target'

/** Says how far it is, and which store it waits for. */
const teller = (doing: 'copied' | 'compared') => {
  const startedAt = performance.now()
  let waiting = false
  let toldAt = startedAt
  return {
    waits: (side: Side, reason: string): void => {
      if (!waiting) console.error(`waiting for the ${side}: ${reason}`)
      waiting = true
    },
    has: (events: number): void => {
      waiting = false
      const now = performance.now()
      if (now - toldAt < TELL_EVERY_MS) return
      toldAt = now
      const rate = Math.round(events / ((now - startedAt) / 1000))
      console.log(`${doing}: ${events} events, ${rate} events/s`)
    },
  }
}
type Teller = ReturnType<typeof teller>

/** The log from just after `after`; a store out of reach is waited for. */
const readPatiently = (store: EventStore, side: Side, tell: Teller, after: Position | null = null) =>
  patient(store, (reason) => tell.waits(side, reason)).readAll(after)

async function* one(store: EventStore, side: Side, tell: Teller): AsyncGenerator<RecordedEvent> {
  for await (const events of readPatiently(store, side, tell)) yield* events
}

/** The revision that an event of the source has in the target. */
const revisionThere = ({ stream, revision }: RecordedEvent, shift: number): number =>
  stream === KYC_LOG ? revision + shift : revision

const isSame = (source: RecordedEvent, target: RecordedEvent, shift: number): boolean =>
  source.stream === target.stream &&
  revisionThere(source, shift) === target.revision &&
  source.eventId === target.eventId &&
  source.type === target.type &&
  source.data === target.data &&
  source.metadata === target.metadata

const told = ({ stream, revision, eventId }: RecordedEvent): string => `${stream} @ ${revision} (${eventId})`

/**
 * Compares the logs event by event to the end of the target's. Throws at the first event that is not the source's, nor stands
 * for one that the source shows no more.
 */
const compare = async (from: EventStore, to: EventStore): Promise<Common> => {
  const tell = teller('compared')
  const source = one(from, 'source', tell)
  const sourceLog: RecordedEvent[] = []
  const targetLog: RecordedEvent[] = []
  const gone = new Map<StreamName, readonly [Revision, Revision]>()
  let [events, shift] = [0, 0]
  let until: Position | null = null
  let next = await source.next()
  const goOn = async (event: RecordedEvent): Promise<void> => {
    if (event.stream === KYC_LOG) sourceLog.push(event)
    next = await source.next()
  }
  for await (const held of one(to, 'target', tell)) {
    if (held.stream === KYC_LOG) targetLog.push(held)
    while (!next.done && !isSame(next.value, held, shift) && !isRecordOfCopy(held) && isRecordOfCopy(next.value)) {
      shift -= 1
      await goOn(next.value)
    }
    if (!next.done && isSame(next.value, held, shift)) {
      events += 1
      until = next.value.position
      tell.has(events)
      await goOn(next.value)
    } else if (isRecordOfCopy(held)) shift += 1
    else if (isMissingEvent(held)) gone.set(held.stream, [gone.get(held.stream)?.[0] ?? held.revision, held.revision])
    else {
      const instead = next.done ? 'the source ends' : `the source holds ${told(next.value)}`
      throw new Error(`the target holds other events: ${told(held)}, where ${instead}`)
    }
  }
  return { events, until, shift, sourceLog, targetLog, gone }
}

const isNext = (last: RecordedEvent | undefined, { stream, revision }: RecordedEvent): boolean =>
  last?.stream === stream && revision === last.revision + 1

/** Events in a row of one stream, which can be appended together without changing the order of the log. */
function* runs(events: readonly RecordedEvent[]): Generator<Run> {
  let run: [RecordedEvent, ...RecordedEvent[]] | undefined
  let units = 0
  for (const event of events) {
    const size = event.data.length + event.metadata.length
    units += size
    if (run !== undefined && isNext(run.at(-1), event) && units <= MOST_UNITS) run.push(event)
    else {
      if (run !== undefined) yield run
      run = [event]
      units = size
    }
  }
  if (run !== undefined) yield run
}

/** Appends what stands in the source after `until`, in the order of the log. Gives how many events that were. */
const copyEvents = async (from: EventStore, to: EventStore, { until, shift }: Common): Promise<number> => {
  const tell = teller('copied')
  const target = { to, waits: (reason: string) => tell.waits('target', reason) }
  let copied = 0
  for await (const batch of readPatiently(from, 'source', tell, until)) {
    for (const run of runs(batch)) await appendRun(target, run, revisionThere(run[0], shift))
    copied += batch.length
    tell.has(copied)
  }
  return copied
}

/** Records in the target that it is a copy, unless it does so already: in it, events have other positions. */
const recordCopy = async (to: EventStore, { sourceLog, targetLog }: Common, now: Clock): Promise<void> => {
  const [original, copy] = [identityIn(sourceLog), identityIn(targetLog)]
  if (original === null || copy === null || copy.generation > original.generation) return
  const { logId, generation } = { ...original, generation: original.generation + 1 }
  const record = ownEvent(randomUUID(), { type: LOG_COPIED, data: { logId, generation }, recordedAt: now() })
  const place = { stream: KYC_LOG, revision: targetLog.length, position: '' }
  const waits = (reason: string): void => teller('copied').waits('target', reason)
  await appendRun({ to, waits }, [{ ...record, ...place }], place.revision)
  console.log(`the target is the log ${logId} in generation ${generation}`)
}

const open = async (config: EventStoreConfig, readOnly: boolean): Promise<EventStore> => {
  const opened = await openEventStore(config, { readOnly })()
  if (E.isLeft(opened)) throw new Error(opened.left.reason)
  return opened.right
}

const parse = (words: readonly string[]) => {
  try {
    const { values } = parseArgs({ args: [...words], options: { from: { type: 'string' }, to: { type: 'string' } } })
    return { from: readEventStore(values.from ?? ''), to: readEventStore(values.to ?? '') }
  } catch {
    return null
  }
}

/**
 * `copy --from … --to …`: copies a log into another store with the ids, the order and the texts of its events, and
 * compares the two in the end; that it is a copy is recorded in it. A target that holds anything else is left as it is. What was broken off is taken up
 * again by the same command; a service may go on writing to the source, and the same command then brings the rest.
 * Gives the exit code.
 */
export const copyCommand = async (words: readonly string[]): Promise<number> => {
  const stores = parse(words)
  if (stores === null || E.isLeft(stores.from) || E.isLeft(stores.to)) {
    console.error(USAGE)
    return 2
  }
  let from: EventStore | undefined
  let to: EventStore | undefined
  try {
    from = await open(stores.from.right, true)
    to = await open(stores.to.right, false)
    const before = await compare(from, to)
    const copied = await copyEvents(from, to, before)
    const after = await compare(from, to)
    const { events, gone } = after
    const missing = before.events + copied - events
    if (missing > 0) throw new Error(`${missing} events are missing in the target`)
    await recordCopy(to, after, systemClock)
    console.log(`${copied} events copied, ${events} compared: the same`)
    for (const [stream, [first, last]] of gone) {
      console.error(`${stream} is not whole: the source shows nothing of it from revision ${first} to ${last}`)
    }
    return gone.size === 0 ? 0 : 1
  } catch (error) {
    console.error(`not copied: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  } finally {
    await Promise.all([from?.close(), to?.close()])
  }
}
