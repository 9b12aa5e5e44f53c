import { randomUUID } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Clock } from '../clock/clock.ts'
import type { ClockFault } from '../clock/nodeClock.ts'
import { type ExpectedRevision, reasonOf } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { onBehalf } from '../tracing/tracing.ts'
import { type Access, accessEvent } from './accessEvent.ts'
import { ACCESSES } from './streams.ts'

/** Makes it an event. A `Right` means that it is durable; a `Left` says why it may not be, for the log. */
export type RecordAccess = (access: Access) => TaskEither<string, void>

/** So many go into one append. */
const AT_ONCE = 500
/** Longer nobody waits for it: what is appended all the same says that somebody asked, who was given nothing. */
const WITHIN_MS = 5000

interface Waiting {
  readonly access: Access
  readonly settle: (recorded: E.Either<string, void>) => void
  readonly onItsBehalf: ReturnType<typeof onBehalf>
}

/**
 * Appends to `kyc-access`, in the order in which it is asked: one append at a time, with all that came during the one before.
 * So many reads at once cost few appends, and the nodes in front of one log race for a revision once each. By a clock that is
 * wrong nothing is recorded.
 */
export const recordAccesses = (
  store: EventStore,
  now: Clock,
  clockFault: () => ClockFault | null = () => null,
  withinMs: number = WITHIN_MS,
): RecordAccess => {
  const waiting: Waiting[] = []
  let writing = false
  /** The next append finds out if the stream stands elsewhere. */
  let head: ExpectedRevision = 'no-stream'

  const append = async (accesses: readonly Access[]): Promise<E.Either<string, void>> => {
    const events = accesses.map((access) => accessEvent(randomUUID(), access, now()))
    const fault = clockFault()
    if (fault !== null) return E.left(fault.reason)
    for (const until = performance.now() + withinMs; ; ) {
      const appended = await store.append(ACCESSES, head, events)()
      if (E.isRight(appended)) {
        head = appended.right.revision
        return E.right(undefined)
      }
      if (appended.left._tag !== 'WrongExpectedVersion') return E.left(reasonOf(appended.left))
      if (performance.now() >= until) return E.left('other writers append to the stream without a pause')
      head = appended.left.actual
    }
  }

  const write = async (): Promise<void> => {
    writing = true
    while (waiting.length > 0) {
      const group = waiting.splice(0, AT_ONCE)
      // All in one span: that of the first of them, and not of whoever found nobody writing.
      const recorded = await (group[0]?.onItsBehalf ?? onBehalf())(() =>
        append(group.map(({ access }) => access)),
      ).catch((error: unknown) => E.left(error instanceof Error ? error.message : String(error)))
      for (const { settle } of group) settle(recorded)
    }
    writing = false
  }

  return (access) => () =>
    new Promise((resolve) => {
      const one: Waiting = {
        access,
        onItsBehalf: onBehalf(),
        settle: (recorded) => {
          clearTimeout(givingUp)
          resolve(recorded)
        },
      }
      const givingUp = setTimeout(() => {
        const place = waiting.indexOf(one)
        if (place !== -1) waiting.splice(place, 1)
        resolve(E.left(`not within ${withinMs} ms`))
      }, withinMs)
      waiting.push(one)
      if (!writing) void write()
    })
}
