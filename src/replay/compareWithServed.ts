import { existsSync } from 'node:fs'
import { KYC_STATUS } from '../../projections/kycStatus.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Position } from '../eventStore/recordedEvent.ts'
import { checkpointOf, openReadModelSnapshot, type ReadModelSnapshot } from '../readModel/database/snapshot.ts'
import type { Progress } from '../readModel/projection/progress.ts'
import { build } from './build.ts'
import { compareRows } from './compareRows.ts'
import type { withProgressBar } from './progressBar.ts'
import { readAhead } from './readAhead.ts'
import { isUnreadable, openServed } from './servedReadModel.ts'
import { upTo } from './upTo.ts'

export interface Comparison {
  /** How many rows the one in use has of what the log fills. */
  readonly rows: number
  /** How many rows differ. */
  readonly differences: number
  /** Up to where the read model in use has come. */
  readonly upTo: Position | null
}

const differencesOf = (
  served: ReadModelSnapshot,
  rebuiltFile: string,
  report: (line: string) => void,
): ReturnType<typeof compareRows> => {
  const rebuilt = openReadModelSnapshot(rebuiltFile)
  try {
    return compareRows(served, rebuilt, report)
  } finally {
    rebuilt.close()
  }
}

/**
 * Compares the read model in use with the rebuilt one, which is first brought to where the other stands by now, if the
 * log is that one's. `null` where there is none that can be read and compared.
 */
export const compareWithServed = async (
  store: EventStore,
  servedFile: string,
  rebuiltFile: string,
  isOfLog: boolean,
  progressed: (progress: Progress) => void,
  { report, show }: { readonly report: (line: string) => void; readonly show?: typeof withProgressBar } = {
    report: console.log,
  },
): Promise<Comparison | null> => {
  if (!existsSync(servedFile)) return null
  let served: ReadModelSnapshot | null = null
  try {
    served = openServed(servedFile)
    if (served.version !== KYC_STATUS.version) {
      console.error('the read model in use was made by another version of this service')
      return null
    }
    const now = served.checkpoint()
    if (isOfLog && now !== null) {
      if (now > (checkpointOf(rebuiltFile) ?? '')) await build(upTo(store, now), rebuiltFile, progressed, show)
      await readAhead(store, served, rebuiltFile)
    }
    return { ...differencesOf(served, rebuiltFile, report), upTo: now }
  } catch (error) {
    if (!isUnreadable(error)) throw error
    console.error(error.message)
    return null
  } finally {
    served?.close()
  }
}
