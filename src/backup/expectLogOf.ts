import { carriedBy } from '../joining/carried.ts'
import { SET_ASIDE } from '../joining/refusal.ts'
import type { LogContent } from './logContent.ts'

/** Throws where the directory belongs to another log: its read model and journal would be of no use to this one. */
export const expectLogOf =
  (dataDir: string) =>
  ({ logId }: LogContent): void => {
    const other = carriedBy(dataDir).logIds.find((id) => id !== logId)
    if (other === undefined) return
    throw new Error(
      `it ${logId === null ? 'has no identity' : `is the log ${logId}`}, but ${dataDir} belongs to the log ${other}: check ` +
        `DATA_DIR; ${SET_ASIDE}`,
    )
  }
