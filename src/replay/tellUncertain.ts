import type { Progress } from '../readModel/projection/progress.ts'

/** Says of whom nothing is certain, and whether that is because the log is damaged. */
export const tellUncertain = () => {
  let damaged = false
  return {
    progressed: ({ uncertain = [] }: Progress): void => {
      for (const { stream, kind, reason } of uncertain) {
        console.error(`nothing is certain about the user of ${stream}: ${kind}, ${reason}`)
        damaged ||= kind === 'history-damaged'
      }
    },
    isDamaged: (): boolean => damaged,
  }
}
