import { setTimeout as sleep } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import { systemClock } from '../clock/clock.ts'
import { type ExpectedRevision, reasonOf } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { NewEvent, Revision, StreamName } from '../eventStore/recordedEvent.ts'
import { missingEvent } from '../ledger/missingEvent.ts'
import type { Run } from './runs.ts'

/** A target out of reach is waited for so long. */
const PATIENCE_MS = 60_000
const PAUSE_MS = 500
const FILLED_AT_ONCE = 500

/** A target, and whom to tell why it is waited for. */
export interface Target {
  readonly to: EventStore
  readonly waits: (reason: string) => void
}

/** Appends at these revisions; what is not known to have got through is sent again. Gives where the target stands instead. */
const appendAt = async (
  { to, waits }: Target,
  stream: StreamName,
  revision: Revision,
  events: readonly NewEvent[],
): Promise<ExpectedRevision | null> => {
  const expected = revision === 0 ? 'no-stream' : revision - 1
  for (const until = performance.now() + PATIENCE_MS; ; await sleep(PAUSE_MS)) {
    const appended = await to.append(stream, expected, events)()
    if (E.isRight(appended)) return null
    const { left } = appended
    if (left._tag === 'WrongExpectedVersion') return left.actual
    if (left._tag !== 'StoreUnavailable' || performance.now() >= until) {
      throw new Error(`${stream} @ ${revision} (${events[0]?.eventId}): ${reasonOf(left)}`)
    }
    waits(left.reason)
  }
}

/** Puts what stands for missing events from one revision to just before another. */
export const fillGap = async (target: Target, stream: StreamName, from: Revision, until: Revision): Promise<void> => {
  for (let revision = from; revision < until; revision += FILLED_AT_ONCE) {
    const count = Math.min(FILLED_AT_ONCE, until - revision)
    const fillers = Array.from({ length: count }, (_, index) => missingEvent(stream, revision + index, systemClock()))
    await appendAt(target, stream, revision, fillers)
  }
}

/** Appends a run at `revision`, where need be behind what stands for events that the source shows no more. */
export const appendRun = async (target: Target, run: Run, revision: Revision): Promise<void> => {
  const [{ stream, eventId }] = run
  const standing = await appendAt(target, stream, revision, run)
  if (standing === null) return
  const next = standing === 'no-stream' ? 0 : standing + 1
  if (next < revision) {
    await fillGap(target, stream, next, revision)
    if ((await appendAt(target, stream, revision, run)) === null) return
  }
  throw new Error(`${stream} @ ${revision} (${eventId}): the target stands at ${standing}`)
}
