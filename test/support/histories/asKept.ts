import { expect } from 'chai'
import type { HistoryEntry } from '../../../domain/answer/history.ts'
import { knownBy, knownOf, readTimes } from '../../../domain/answer/question.ts'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Instant } from '../../../domain/instant.ts'
import { fold, foldHistory } from '../../../domain/state/fold.ts'
import { inOrder, readHistory } from '../../../domain/state/ownHistory.ts'
import type { Reading } from '../../../domain/state/reading.ts'
import { readReadings, writeReadings } from '../../../domain/state/readingText.ts'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { storyLines } from '../../../src/http/users/aside/storyLines.ts'
import { historyLines } from '../../../src/http/users/historyLines.ts'
import { inLogOrder } from '../../../src/http/users/inLogOrder.ts'
import { streamOf } from '../../../src/ledger/streams.ts'

async function* each<A>(items: readonly A[]): AsyncGenerator<A> {
  yield* items
}

/** What is kept of a stream, in two texts; `null` of one that is not sound. */
export const keptOf = (userId: UserId, own: readonly StoredEvent[]): readonly Reading[] | null => {
  const { arrived, unreadable, complete } = readHistory(userId, own)
  if (unreadable.length > 0 || !complete) return null
  const half = Math.ceil(arrived.length / 2)
  return [arrived.slice(0, half), arrived.slice(half)].flatMap((some) => readReadings(writeReadings(some)))
}

/** Folding what is kept gives what folding the stream gives: now, as of each of its times, and as known then. Gives how often that was seen. */
export const expectFoldedAlike = (
  userId: UserId,
  own: readonly StoredEvent[],
  kept: readonly Reading[],
  orphans: readonly StoredEvent[],
): number => {
  const times = [...new Set(kept.flatMap(({ event }) => [event.occurredAt, event.recordedAt]))]
  for (const asOf of [null, ...times.flatMap((time) => [time, time - 1000])] as readonly (Instant | null)[]) {
    expect(foldHistory(userId, inOrder(kept), orphans, { asOf })).to.deep.equal(fold(userId, own, orphans, { asOf }))
  }
  for (const knownAt of times) {
    const known = inOrder(knownOf(kept, knownAt, ({ event }) => event))
    const others = knownBy(orphans, knownAt, readTimes())
    expect(foldHistory(userId, known, others)).to.deep.equal(fold(userId, knownBy(own, knownAt), others))
  }
  return times.length
}

/** And it tells the same history, of which each line is the JSON of what it says. */
export const expectToldAlike = async (
  userId: UserId,
  own: readonly RecordedEvent[],
  kept: readonly Reading[],
  orphans: readonly RecordedEvent[],
): Promise<void> => {
  const awaited = (): boolean => true
  const altered: string[][] = [[], []]
  const by = (index: number) => (event: { readonly eventId: string }) => void altered[index]?.push(event.eventId)
  const events = inLogOrder(each(own), orphans)
  const told = await Array.fromAsync(historyLines(userId, events, [], awaited, by(0)))
  const asked = { userId, last: own.length - 1, orphans, readModel: null, from: 0, fromUnattributed: 0, most: null }
  const alike = (await Array.fromAsync(storyLines(asked, kept, [], by(1), awaited))).flat()
  expect(alike).to.deep.equal(told)
  expect(altered[1]).to.deep.equal(altered[0])
  for (const { json } of alike) expect(JSON.stringify(JSON.parse(json) as HistoryEntry)).to.equal(json)
  expect(alike.every(({ stream }) => stream === streamOf(userId) || orphans.length > 0)).to.equal(true)
}
