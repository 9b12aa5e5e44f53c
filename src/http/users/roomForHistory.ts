import { getHeapStatistics } from 'node:v8'
import type { Response } from 'express'
import { problem, unavailable } from '../problem.ts'

/** What an answer holds of each event of a history until it is sent, in bytes of the heap, as measured with documented webhooks. */
export const HELD = { status: 4000, page: 7000, timeline: 2500, evidence: 5800 } as const

/** So much of the heap may histories take at a time: where it is full, V8 ends the process, and everybody's requests with it. */
const MOST = getHeapStatistics().heap_size_limit / 2

let held = 0
const heldBy = new WeakMap<Response, number>()

/**
 * Whether there is room for a history of so many events, which hold `each` bytes: until `res` is closed, and once if it is asked again. `false`, after it was answered why,
 * where there is none now, or never; or where nobody waits for it any more.
 */
export const hasRoom = (res: Response, events: number, each: number): boolean => {
  const bytes = events * each
  if (bytes > MOST) {
    const most = Math.floor(MOST / each)
    problem(
      res,
      'history-too-long',
      `the user has ${events} events; of at most ${most} this is told with the memory given: NODE_OPTIONS=--max-old-space-size gives the service more`,
    )
    return false
  }
  const more = Math.max(0, bytes - (heldBy.get(res) ?? 0))
  if (held + more > MOST) {
    unavailable(res, 'too-many-histories', 'too many long histories are being folded', 1)
    return false
  }
  if (res.closed) return false
  if (more === 0) return true
  held += more
  heldBy.set(res, bytes)
  res.once('close', () => {
    held -= more
  })
  return true
}
