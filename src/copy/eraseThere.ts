import * as E from 'fp-ts/lib/Either.js'
import { reasonOf } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Revision, StreamName } from '../eventStore/recordedEvent.ts'
import { type Erased, withoutErased } from '../ledger/erased.ts'
import { UNATTRIBUTED } from '../ledger/streams.ts'
import { fillGap, type Target } from './appendRun.ts'

const TOGETHER = 500

const lastRevision = async (store: EventStore, stream: StreamName): Promise<Revision> => {
  const [last] = await Array.fromAsync(store.readStream(stream, { direction: 'backwards', limit: 1 }))
  return last?.revision ?? -1
}

const expectDone = (stream: StreamName, done: Awaited<ReturnType<ReturnType<EventStore['erase']>>>): void => {
  if (E.isRight(done)) return
  const { left } = done
  const why = left._tag === 'WrongExpectedVersion' ? `the target stands at ${left.actual}` : reasonOf(left)
  throw new Error(`${stream} is erased in the source, and cannot be in the target: ${why}`)
}

/** The stream goes on behind what was erased of it, as in the source. */
const truncateThere = async (target: Target, erased: Erased): Promise<void> => {
  const before = erased.nextIn(UNATTRIBUTED, 0)
  if (before === 0) return
  const last = await lastRevision(target.to, UNATTRIBUTED)
  if (last + 1 < before) await fillGap(target, UNATTRIBUTED, last + 1, before)
  expectDone(UNATTRIBUTED, await target.to.truncate(UNATTRIBUTED, before)())
}

/**
 * Erases in the target what is erased in the source, be it streams of which the target never held anything: what comes for them later is of an
 * erased user there as well. One whose removal is still under way in the source is left to the service that is started on the target.
 */
export const eraseThere = async (target: Target, from: EventStore, erased: Erased): Promise<void> => {
  await truncateThere(target, erased)
  const source = withoutErased(from, erased)
  const streams = [...erased.streams].filter((stream) => stream !== UNATTRIBUTED)
  const eraseOne = async (stream: StreamName): Promise<void> => {
    if ((await lastRevision(source, stream)) !== -1) return
    const last = await lastRevision(target.to, stream)
    expectDone(stream, await target.to.erase(stream, last === -1 ? 'no-stream' : last)())
  }
  for (let at = 0; at < streams.length; at += TOGETHER) {
    await Promise.all(streams.slice(at, at + TOGETHER).map(eraseOne))
  }
}
