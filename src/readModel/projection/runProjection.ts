import type { UserId } from '../../../domain/identifiers.ts'
import type { EventStore } from '../../eventStore/eventStore.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { Erased, hearErasures, withoutErased } from '../../ledger/erased.ts'
import { streamOf, UNATTRIBUTED } from '../../ledger/streams.ts'
import { streamsOfUsersIn, trustedStore, type Untrusted } from '../../ledger/trustedStore.ts'
import type { ReadModelWriter } from '../database/writer.ts'
import { placeIn } from '../placeIn.ts'
import type { Run } from './batch.ts'
import { farBehind } from './farBehind.ts'
import type { FoldThreads } from './foldThreads.ts'
import { keptReadings } from './keptReadings.ts'
import { keptStates } from './keptStates.ts'
import { readKnownClocks } from './knownClocks.ts'
import type { Pacing } from './pacing.ts'
import { erasuresIn, meaningIn, newestOf, type Progress } from './progress.ts'
import { projectBatch } from './projectBatch.ts'
import { purging } from './purging.ts'
import { strangersIn } from './refold.ts'
import { uncertainStreams } from './uncertainStreams.ts'

const TIDIED_AFTER = 20_000

interface Options {
  readonly statesKept?: number | undefined
  /** These are folded anew first. */
  readonly anew?: readonly UserId[]
  /** A part of the log that is not the one that was sealed: nothing is certain about whoever has events in it. */
  readonly untrusted?: Untrusted | null
  /** Starts threads that fold while the end of the log is far; without, all is folded in this one. */
  readonly startThreads?: ((store: EventStore) => FoldThreads) | null
  /** When a batch is taken; without, as soon as there is one. */
  readonly pacing?: Pacing | null
  /** After so many events that were behind the end of the log its memory is tidied up, once it has reached that. */
  readonly tidiedAfter?: number
}

/** Who is heard of from now on is hardly one of those whose events were read last, and what was made on the way is needed no more. */
const tidyUp = ({ states, readings, model }: Run): void => {
  states.clear()
  readings.clear()
  model.mayDiffer()
  // Of itself V8 collects when more is allocated, and whoever waits for events allocates nothing. There is none unless Node was started so.
  globalThis.gc?.({ type: 'major', flavor: 'last-resort' })
}

/**
 * Follows the log and keeps the read model up with it: each batch becomes one transaction of rows and checkpoint, so
 * that every event counts exactly once however often the process dies. Resolves when `signal` aborts, rejects when the
 * log or the read model fails; then the process has to run it again from the checkpoint. What goes wrong for one user costs
 * that user his certainty and no more: whatever his events make the code throw, and what the log cannot read of them.
 */
export const runProjection = async (
  store: EventStore,
  model: ReadModelWriter,
  signal: AbortSignal,
  progressed: (progress: Progress) => void,
  {
    statesKept,
    anew = [],
    untrusted = null,
    startThreads = null,
    pacing = null,
    tidiedAfter = TIDIED_AFTER,
  }: Options = {},
): Promise<void> => {
  /** Whether to read on: rejects where the log is another one now. */
  const isMadeFromLog = async (): Promise<boolean> => {
    const event = model.furthestEvent()
    const place = event === null ? 'here' : await placeIn(store, event, signal)
    if (signal.aborted) return false
    if (place === 'here') return true
    progressed({ position: null, caughtUp: false, replaced: true })
    throw new Error('the log does not hold the last event of the read model where that saw it')
  }
  if (!(await isMadeFromLog())) return
  model.mayDiffer()
  const uncertain = uncertainStreams()
  const clocks = await readKnownClocks(store, uncertain)
  const strangers = (events: readonly RecordedEvent[]) => [
    ...strangersIn({ run, changed: new Map(), ahead: new Map() }, events),
  ]
  const erased = new Erased()
  await hearErasures(store, erased)
  // What is not believed they would not know of.
  const start = untrusted === null ? startThreads : null
  const far =
    start === null
      ? null
      : farBehind(
          store,
          () => start(store),
          strangers,
          () => clocks.corrections(),
          (userId) => run.states.has(userId),
        )
  const left = withoutErased(far === null ? store : { ...store, follow: far.follow }, erased)
  const believed = trustedStore(left, () => untrusted)
  const run: Run = {
    store: believed,
    erased,
    untrusted,
    model,
    states: keptStates(statesKept),
    readings: keptReadings(),
    uncertainStreams: uncertain,
    clocks,
    threads: () => far?.threads() ?? null,
  }
  // Not from the checkpoint, which others' events move on: a log that was restored may end before it, and grow there.
  const after = model.checkpoint() === null ? null : model.lastEventPosition()
  const checkpoint = model.checkpoint()
  // What was damaged, altered or hidden may be so no more: a log that was restored holds the same events, and says nothing of it.
  const kinds = ['history-damaged', 'history-removed', 'event-altered', 'not-as-sealed'] as const
  const inUntrusted = untrusted === null ? [] : await streamsOfUsersIn(store, untrusted)
  const once = [...new Set([...[...kinds.flatMap(model.usersWith), ...anew].map(streamOf), ...inUntrusted])]
  if (model.unattributedWith('event-altered').length > 0) once.push(UNATTRIBUTED)
  if (checkpoint !== null && once.length > 0) await projectBatch(run, [], checkpoint, once)
  const purge = purging(model)
  const batches = left.follow(after, signal, model.checkpoint())
  let onTheWay = 0
  for await (const { events, position, caughtUp, altered, resumed, lost } of batches) {
    if (lost !== undefined) {
      progressed({ position, caughtUp: false, lost })
      continue
    }
    if (resumed) {
      if (await isMadeFromLog()) continue
      return
    }
    const began = performance.now()
    const gone = position === null ? [] : await projectBatch(run, events, position, altered)
    const news = { ...newestOf(events), ...meaningIn(events), ...clocks.news(), ...uncertain.news() }
    progressed({ position, caughtUp, ...news, ...erasuresIn(events, gone) })
    purge(gone.length > 0, caughtUp)
    // With threads not every event is given.
    onTheWay += run.threads() === null ? events.length : tidiedAfter
    if (!caughtUp) continue
    if (onTheWay >= tidiedAfter) tidyUp(run)
    onTheWay = 0
    await pacing?.(events.length, began, signal)
  }
}
