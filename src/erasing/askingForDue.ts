import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { Ground } from '../../domain/retention/ground.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Revision } from '../eventStore/recordedEvent.ts'
import type { Actor, ErasureEvent } from '../ledger/erasures.ts'
import { UNATTRIBUTED } from '../ledger/streams.ts'
import type { AppendErasures, NotRecorded } from './appendErasures.ts'
import type { Course } from './course.ts'
import { givingTurns } from './givingTurns.ts'
import type { Judging } from './judging.ts'
import type { KnownErasures } from './knownErasures.ts'

/** So many go into one append. */
const TOGETHER = 250

/** One who is due, on what ground; `null`: events of nobody. */
interface Due {
  readonly userId: UserId | null
  readonly ground: Ground
}

/** Everything that is due, asked for or confirmed at once: of thousands there are few appends. */
export interface AskingForDue {
  /** Asks for the erasure of all that is due and was not asked for; gives the numbers. */
  readonly request: (by: Actor, reason: string) => Promise<E.Either<NotRecorded, readonly number[]>>
  /** Confirms all that somebody else has asked for by a rule that still allows it, and nothing that somebody orders: that is confirmed by itself. */
  readonly confirm: (by: Actor) => Promise<E.Either<NotRecorded, readonly number[]>>
  /** Both at once, for a policy that erases what is due by itself. */
  readonly automatic: () => Promise<E.Either<NotRecorded, readonly number[]>>
}

interface Asking {
  /** As if what was erased had never been. */
  readonly store: Pick<EventStore, 'readStream'>
  readonly known: KnownErasures
  readonly append: AppendErasures
  readonly judging: Judging
}

const AUTOMATIC: Actor = { policy: 'automatic' }
const BY_POLICY = 'the retention policy'

async function* dueIn({ store, judging }: Asking, isOpen: (userId: UserId | null) => boolean): AsyncGenerator<Due> {
  const turn = givingTurns()
  for (let after: UserId | null = null; ; ) {
    const page = judging.due(after, TOGETHER)
    for (const { userId, onHold } of page) {
      if (onHold || isOpen(userId)) continue
      await turn()
      const { ground } = await judging.user(userId)
      if (E.isRight(ground)) yield { userId, ground: ground.right }
    }
    if (page.length < TOGETHER) break
    after = page.at(-1)?.userId ?? after
  }
  if (isOpen(null)) return
  const [first] = await Array.fromAsync(store.readStream(UNATTRIBUTED, { limit: 1 }))
  const ground = first === undefined ? null : judging.ofNobody(first)
  if (ground !== null && E.isRight(ground)) yield { userId: null, ground: ground.right }
}

async function* together<A>(items: AsyncIterable<A>): AsyncGenerator<readonly A[]> {
  let some: A[] = []
  for await (const item of items) {
    some.push(item)
    if (some.length < TOGETHER) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}

export const askingForDue = (asking: Asking): AskingForDue => {
  const { known, append, judging } = asking

  /** Appends of each what `said` makes of it, unless it is under way by then; gives the numbers of the requests. */
  const ask = async (
    said: (due: Due, revision: Revision) => readonly ErasureEvent[],
  ): Promise<E.Either<NotRecorded, readonly number[]>> => {
    await known.readOn()
    const numbers: number[] = []
    const isOpen = (userId: UserId | null): boolean => known.courses.openOf(userId) !== undefined
    for await (const some of together(dueIn(asking, isOpen))) {
      let asked: readonly number[] = []
      const appended = await append<never>((_, next) => {
        const events: ErasureEvent[] = []
        const requests: number[] = []
        for (const due of some) {
          if (isOpen(due.userId)) continue
          requests.push(next + events.length)
          events.push(...said(due, next + events.length))
        }
        asked = requests
        return E.right(events)
      })
      if (E.isLeft(appended)) return appended
      numbers.push(...asked)
    }
    return E.right(numbers)
  }

  /** An order is no rule: whoever confirms it has to know whom it is about. */
  const mayBeConfirmed = async ({ userId, ground: { authority } }: Course): Promise<boolean> => {
    if (authority !== null) return false
    if (userId !== null) return E.isRight((await judging.user(userId)).ground)
    const [first] = await Array.fromAsync(asking.store.readStream(UNATTRIBUTED, { limit: 1 }))
    return first !== undefined && E.isRight(judging.ofNobody(first))
  }

  return {
    request: (by, reason) => ask(({ userId, ground }) => [{ _tag: 'Requested', userId, reason, ground, by }]),
    automatic: () =>
      ask(({ userId, ground }, erasure) => [
        { _tag: 'Requested', userId, reason: BY_POLICY, ground, by: AUTOMATIC },
        { _tag: 'Confirmed', erasure, by: AUTOMATIC },
      ]),
    confirm: async (by) => {
      await known.readOn()
      const numbers: number[] = []
      const asked: Course[] = []
      const turn = givingTurns()
      for (const course of known.courses.requested()) {
        await turn()
        const before = course.requested.by
        const isOther = 'key' in before && 'key' in by && before.key !== by.key
        if (isOther && (await mayBeConfirmed(course))) asked.push(course)
      }
      for (let at = 0; at < asked.length; at += TOGETHER) {
        const some = asked.slice(at, at + TOGETHER)
        let confirmed: readonly number[] = []
        const appended = await append<never>((courses) => {
          confirmed = some.flatMap((course) => (courses.get(course.erasure) === course ? [course.erasure] : []))
          return E.right(confirmed.map((erasure): ErasureEvent => ({ _tag: 'Confirmed', erasure, by })))
        })
        if (E.isLeft(appended)) return appended
        numbers.push(...confirmed)
      }
      return E.right(numbers)
    },
  }
}
