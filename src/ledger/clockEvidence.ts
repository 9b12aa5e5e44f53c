import * as E from 'fp-ts/lib/Either.js'
import { statedTime } from '../../domain/event/dating.ts'
import { readEvent } from '../../domain/event/kycEvent.ts'
import type { Instant } from '../../domain/instant.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import { recordedAtOf } from './recordedAt.ts'
import { userOfStream } from './streams.ts'

/** A run of the log in which receipts look wrong. */
export interface Evidence {
  readonly why: 'recorded later than now' | 'signed later than received'
  readonly first: RecordedEvent
  readonly last: RecordedEvent
  /** Events of the run that show it. */
  readonly events: number
  /** By how much the receipts are wrong at least, in microseconds; the largest of the run. */
  readonly by: number
}

/** A clock that is right within this proves nothing, in microseconds. */
const WITHIN = 60_000_000
/** So many events in between may show nothing: most webhooks state no time of their own. */
const GAP_EVENTS = 1000

type Sign = Pick<Evidence, 'why' | 'by'>

/** What one event shows of the clock that received it. */
const signOf = (event: RecordedEvent, now: Instant): Sign | null => {
  const recordedAt = recordedAtOf(event)
  if (recordedAt !== null && recordedAt > now + WITHIN) return { why: 'recorded later than now', by: recordedAt - now }
  const userId = userOfStream(event.stream)
  const read = userId === null ? null : readEvent(event)
  if (read === null || E.isLeft(read)) return null
  const { interpretation, receivedAt } = read.right
  const { statedAt } = statedTime(interpretation, userId)
  if (statedAt === null || statedAt <= receivedAt + WITHIN) return null
  return { why: 'signed later than received', by: statedAt - receivedAt }
}

/** Looks through the log for receipts that cannot be right. */
export const clockEvidence = async (store: EventStore, now: Instant): Promise<readonly Evidence[]> => {
  const runs: Evidence[] = []
  let silent = Number.POSITIVE_INFINITY
  for await (const events of store.readAll()) {
    for (const event of events) {
      const sign = signOf(event, now)
      silent += 1
      if (sign === null) continue
      const run = silent > GAP_EVENTS ? undefined : runs.at(-1)
      if (run?.why === sign.why) {
        runs[runs.length - 1] = { ...run, last: event, events: run.events + 1, by: Math.max(run.by, sign.by) }
      } else runs.push({ ...sign, first: event, last: event, events: 1 })
      silent = 0
    }
  }
  return runs
}
