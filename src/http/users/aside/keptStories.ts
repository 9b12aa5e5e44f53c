import * as E from 'fp-ts/lib/Either.js'
import { LRUCache } from 'lru-cache'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../../../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../../../domain/identifiers.ts'
import { type Reading, readStored, withoutPayload } from '../../../../domain/state/reading.ts'
import type { EventStore } from '../../../eventStore/eventStore.ts'
import { streamOf } from '../../../ledger/streams.ts'
import { keptReader } from '../../../readModel/keptReader.ts'
import { readUpTo } from '../inLogOrder.ts'
import type { Story } from './words.ts'

/** Of so many events it is remembered what they say, some 1 kB each; of no user who has more. */
const READINGS_KNOWN = 8192
/** Of so many users, that they were asked about: what is remembered at the first question is mostly for nothing, and dear to collect. */
const USERS_ASKED = 1000

/** What users' events say, by what the read model keeps of that. */
export interface KeptStories {
  /**
   * What the events of the user's own stream say, up to the last that is asked about, in its order; `null` where little of it is kept, or
   * something of the rest cannot be read, or is missing: then it is for whoever reads the log. Throws where nobody waits for it any more.
   */
  readonly of: (
    story: Story,
    corrections: readonly ReceiptCorrection[],
    awaited: () => boolean,
  ) => Promise<readonly Reading[] | null>
  /** Nothing is known of the user any more; `null`: of anybody. */
  readonly forget: (userId: UserId | null) => void
}

/** What of the log follows on what is kept; `null` where something of it says nothing for certain. */
const readOn = async (
  store: EventStore,
  { userId, last }: Story,
  before: readonly Reading[],
  corrections: readonly ReceiptCorrection[],
  awaited: () => boolean,
): Promise<readonly Reading[] | null> => {
  const read = readStored(corrections)
  const story = [...before]
  for await (const event of readUpTo(store, streamOf(userId), before.length, last)) {
    if (!awaited()) throw new Error('nobody waits for these events any more')
    const reading = read(event, userId)
    if (E.isLeft(reading) || event.revision !== story.length) return null
    story.push(withoutPayload(reading.right))
  }
  return story
}

/** `isOther` is told of whom what is kept is not what was written, or cannot be read. */
export const keptStories = (
  store: EventStore,
  isOther: (userId: UserId) => void,
  readingsKnown = READINGS_KNOWN,
): KeptStories => {
  const reader = keptReader()
  const known = new LRUCache<UserId, readonly Reading[]>({
    maxSize: readingsKnown,
    sizeCalculation: ({ length }) => length + 1,
  })
  const asked = new LRUCache<UserId, true>({ max: USERS_ASKED })
  let by: readonly ReceiptCorrection[] = NO_CORRECTIONS
  /** How often something that was known went: what was being read then is not remembered. */
  let times = 0

  const kept = ({ userId, last, readModel }: Story): readonly Reading[] => {
    if (readModel === null) return []
    try {
      return reader.of(readModel, userId, last, by)
    } catch {
      reader.close()
      isOther(userId)
      return []
    }
  }
  /** What is known of it without the log: of a page that was told before, that may be less than is kept. */
  const storyBefore = (story: Story): readonly Reading[] => {
    const held = known.get(story.userId) ?? []
    if (held.length > story.last) return held
    const read = kept(story)
    return read.length > held.length ? read : held
  }
  return {
    of: async (story, corrections, awaited) => {
      if (corrections !== by) {
        known.clear()
        times += 1
      }
      by = corrections
      const { userId, last } = story
      const isAgain = asked.has(userId)
      asked.set(userId, true)
      const before = storyBefore(story)
      if (before.length * 2 <= last) return null
      const began = times
      const all = before.length > last ? before : await readOn(store, story, before, corrections, awaited)
      if (all !== null && isAgain && times === began) known.set(userId, all)
      return all?.slice(0, last + 1) ?? null
    },
    forget: (userId) => {
      times += 1
      if (userId !== null) return void known.delete(userId)
      known.clear()
    },
  }
}
