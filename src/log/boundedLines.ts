import type { Logger } from './log.ts'

/** So many lines of one kind an hour tell enough; the others would fill the disk. */
const MOST = 600
const PERIOD_MS = 3_600_000

type Level = 'info' | 'warn' | 'error'

/** Tells of what outsiders bring about. */
export type Tell = (fields: object, message: string) => void

/** Tells so many lines of each message an hour, and at its end how many more there were. */
export const boundedLines = (
  log: Pick<Logger, Level>,
  level: Level = 'warn',
  most = MOST,
  periodMs = PERIOD_MS,
): Tell => {
  const told = new Map<string, number>()
  const end = (message: string): void => {
    const untold = (told.get(message) ?? 0) - most
    told.delete(message)
    if (untold > 0) log[level]({ untold }, `more often than it was told: ${message}`)
  }
  return (fields, message) => {
    const times = (told.get(message) ?? 0) + 1
    told.set(message, times)
    if (times === 1) setTimeout(end, periodMs, message).unref()
    if (times <= most) log[level](fields, message)
  }
}
