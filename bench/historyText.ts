import { historyOfRead } from '../domain/answer/history.ts'
import type { UserId } from '../domain/identifiers.ts'
import type { Reading } from '../domain/state/reading.ts'
import { lineText } from '../src/http/users/lineText.ts'
import { streamOf } from '../src/ledger/streams.ts'

/** The lines of a history out of what its events say, which none of nobody are among: folded, and each written as the service writes it. */
export const linesOf = (userId: UserId, readings: readonly Reading[]): readonly string[] => {
  const stream = streamOf(userId)
  const arrivals = readings.map((right) => ({ orphan: false, read: { _tag: 'Right', right } }) as const)
  const lines: string[] = []
  for (const entry of historyOfRead(userId, arrivals)) {
    const at = readings[lines.length]?.event
    if (entry !== null && at !== undefined) lines.push(lineText(entry, { stream, ...at }))
  }
  return lines
}

/** The answer, all of it on one page. */
export const pageOf = (userId: UserId, lines: readonly string[]): string =>
  `{"userId":"${userId}","events":[${lines.join()}],"next":null}`
